// SPDX-License-Identifier: Apache-2.0
// What an object must be on its own, before anything else is looked at. All errors at once; paths start with "spec".
#pragma once

#include <string>
#include <string_view>

#include "model/backup_policy.hpp"
#include "model/certificate.hpp"
#include "model/error.hpp"
#include "model/field_error.hpp"
#include "model/host.hpp"
#include "model/settings.hpp"
#include "model/target_group.hpp"

namespace argos {

FieldErrors validate(const Host& host);
FieldErrors validate(const TargetGroup& group);
FieldErrors validate(const Settings& settings);
FieldErrors validate(const BackupPolicy& policy);
FieldErrors validate(const Certificate& certificate);  // its form; what else may be wrong with it model/x509.hpp says
FieldErrors validate_unread(const Certificate& certificate);  // the same, for whoever reads the PEM in any case
FieldErrors validate(const CertificateInput& certificate);  // that there is each text, once

// metadata.name: a lower-case DNS label (RFC 1123), at most 63 characters. Settings and BackupPolicy have one name, "default".
FieldErrors validate_name(Kind kind, std::string_view name);

// A domain as DNS and TLS see it: lower case, IDNA 2008 (UTS 46, non-transitional) A-labels, no trailing dot, at most 253
// characters; a leading "*." is kept. The error says what is wrong with it.
Result<std::string> ascii_domain(std::string_view domain);

// A target's host in one spelling, to tell doubles by: an address as the system prints it, a name in lower case without a final
// dot. Names may have underscores, as containers do. The error says what is wrong with it.
Result<std::string> target_host(std::string_view host);

// "127.0.0.1:80", "[::1]:80", "app.lan:80": as Caddy's `dial` and a URL's authority write it.
std::string host_and_port(std::string_view host, int port);

}  // namespace argos
