// SPDX-License-Identifier: Apache-2.0
// What the tls controller decides, as functions of what is wanted, what a handshake showed, and what Caddy's log told: no I/O, no clock.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "model/caddy_config.hpp"
#include "model/caddy_log.hpp"
#include "runtime/clock.hpp"
#include "runtime/tls_probe.hpp"

namespace argos {

enum class Issuance {
  acme,
  acme_or_own_ca,  // the latter until the former has delivered
  own_ca,  // Caddy's
  manual,
  nobody,  // wanted, and this Caddy cannot: see beyond() in model/caddy_tls.hpp
};

// A name that is served over TLS, and what should be shown there.
struct WatchedName {
  std::string name;  // as DNS has it; perhaps a wildcard
  std::string asked;  // a name to ask for: below the wildcard
  Issuance issuance = Issuance::acme;
  std::string fingerprint;  // manual: of the host's own certificate; empty: not known
};
struct WatchedTls {
  std::string host;
  std::uint64_t generation = 0;
  std::vector<WatchedName> names;  // the domain first
};
// The hosts that are served over TLS. `fingerprints`: of certificates that somebody brought and Caddy runs, by their names.
std::vector<WatchedTls> watched_tls(const Desired& desired, const CaddySurroundings& surroundings,
                                    const std::map<std::string, std::string>& fingerprints);

// What the last handshake with a name showed.
struct TlsSighting {
  std::uint64_t generation = 0;  // of the host
  WallTime at{};
  std::optional<ShownCertificate> shown;
  std::optional<Error> failed;  // why nothing was shown
};
using TlsSightings = std::map<std::string, TlsSighting, std::less<>>;  // by WatchedName::name

// One of Caddy's own CA where ACME's is awaited.
bool is_stopgap(const WatchedName& what, const TlsSighting& seen);

// "Valid" of one name.
Condition valid(const WatchedName& what, const TlsSighting& seen, const IssueTrouble* trouble, WallTime now);
// Of a host: the worst of its names, else the one whose certificate ends first. Each is by name, in that order.
struct NameVerdict {
  std::string name;
  Condition condition;
  WallTime not_after{};
};
Condition valid(const WatchedTls& host, const std::vector<NameVerdict>& names);

// From one look to the next: soon and then less and less often while something is amiss (`vain` looks so far), else the nearer the end
// the oftener. No two names are looked at in step.
Span until_next_look(const WatchedName& what, const TlsSighting& seen, bool fine, int vain, WallTime now);

// Where Caddy tries in vain: of the certificate that is shown, or of one that is not there. None where a newer one is shown.
const IssueTrouble* trouble_since(const TlsSighting& seen, const IssueTrouble* trouble);

boost::json::object to_json(const WatchedName& what, const TlsSighting& seen, const IssueTrouble* trouble, WallTime now);

}  // namespace argos
