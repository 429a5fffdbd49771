// SPDX-License-Identifier: Apache-2.0
// Where each name's certificate comes from, as Caddy's tls and pki apps say it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "model/caddy_claims.hpp"
#include "model/caddy_config.hpp"
#include "model/error.hpp"

namespace argos {

struct NameAndIssuers {
  std::string name;
  boost::json::array issuers;  // asked in this order until one delivers; empty: Caddy is not to ask for a certificate

  bool is_asked_for() const { return !issuers.empty(); }
  bool uses_own_ca() const;  // Caddy's, be it as the last of them
};

// Of one host, in the order of its names. `auto` for a name that no public CA would sign (localhost, …) is Caddy's own CA, as
// in Caddy itself, unless the ACME directory is given. The panel's own host waits for nobody: Caddy's own CA fills in for a while.
std::vector<NameAndIssuers> issuers_of(const Claim& claim, const Settings& settings, const CaddySurroundings& surroundings);

// What the host asks for and no Caddy without further modules can do; empty: nothing.
std::string beyond(const Host& host, const std::vector<NameAndIssuers>& issuers);

// Why there is no certificate of this host that Caddy could get anew.
std::optional<Error> not_renewable(const Host& host);

// `renewals`: see CaddySurroundings.
boost::json::object tls_app(const std::vector<NameAndIssuers>& all, const std::map<std::string, double>& renewals);
// {"certificate_authorities": …} where Caddy's own CA is in use, else empty. Its root stays out of the system's trust store.
boost::json::object pki_app(const std::vector<NameAndIssuers>& all);
// `pairs_loaded`: what operators bring takes no name away from those that Caddy gets certificates for.
boost::json::object automatic_https(const std::vector<NameAndIssuers>& all, bool pairs_loaded);

}  // namespace argos
