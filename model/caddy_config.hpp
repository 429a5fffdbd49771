// SPDX-License-Identifier: Apache-2.0
// Desired state -> one Caddy JSON document, in a stable order, with every object's own piece of it named.
#pragma once

#include <map>
#include <optional>
#include <string>

#include <boost/json.hpp>

#include "model/condition.hpp"
#include "model/object.hpp"

namespace argos {

// What this Caddy can do; found out by asking it to adapt a snippet, never by its version number.
struct CaddyAbilities {
  bool stream_close_delay = false;       // 2.7
  bool health_passes_and_fails = false;  // 2.8
  bool health_method = false;            // 2.9
  bool log_file_mode = false;            // 2.9; before it a log file that Caddy makes is 0600
  bool crowdsec = false;                 // has the module caddy-crowdsec-bouncer
  bool appsec = false;  // and its handler appsec, which can be told to let through what AppSec does not answer for

  bool operator==(const CaddyAbilities&) const = default;
};

// What the document says besides the objects.
struct CaddySurroundings {
  boost::json::object admin;  // kept verbatim from the running config, so that the endpoint never moves
  int http_port = 80;
  int https_port = 443;
  std::string access_log = "/var/log/caddy/access.log";  // empty: none
  std::string errors_log = "/var/log/caddy/errors.log";  // empty: none
  std::string acme_ca_url;  // over every host's own; empty: the host's
  std::string certificates_folder;  // where the certificates that operators bring lie, as Caddy sees it
  std::string acme_ca_root;  // a PEM file that the ACME server's certificate chains to; empty: the system's
  std::string crowdsec_lapi_url;  // CrowdSec's local API as Caddy reaches it; empty: no bouncer
  std::string crowdsec_appsec_url;  // its AppSec as Caddy reaches it; empty: requests are not inspected
  // Names whose certificate Caddy is to renew now -> the renewal_window_ratio for it; 1: there is none yet, it is to try again.
  std::map<std::string, double> renewals;

  bool operator==(const CaddySurroundings&) const = default;
};

// What became of one object.
struct Verdict {
  Condition accepted;  // own fields and references sound
  std::optional<Condition> supported;  // where this Caddy cannot do a part of it: False, NotInThisCaddy, what happens instead
  // 64-bit FNV-1a of the canonical JSON of everything in the document that comes from the object, what it refers to included.
  // Empty: nothing does. Equal pieces are equal behaviour.
  std::string piece;
};

struct Rendered {
  boost::json::value document;
  std::map<Key, Verdict>
      verdicts;  // every host, every target group, every certificate and the settings ({settings, "default"}, row or not)
  std::int64_t files_written = 0;  // when the last of the certificate files that it names was written (Desired::pairs_on_disk)
};

Rendered render(const Desired& desired, const CaddyAbilities& abilities, const CaddySurroundings& surroundings);

}  // namespace argos
