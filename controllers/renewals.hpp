// SPDX-License-Identifier: Apache-2.0
// The verb `renew`: what its request remembers while it runs, and what comes of it. `tls` takes it and sees whether another certificate
// is shown; `caddy` has Caddy issue one for as long as the request runs. So a kill at any moment leaves nothing behind: while the
// request is open both go on, and with its end the configuration is the usual one again.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controllers/tls_decide.hpp"
#include "runtime/requests.hpp"

namespace argos {

constexpr std::string_view kRenew = "renew";

struct Renewal {
  WallTime since{};
  std::map<std::string, std::string> before;  // name -> the fingerprint that was shown; empty: nothing was
  // name -> Caddy's renewal_window_ratio. The certificate that is shown falls into it, a younger one does not: Caddy renews once,
  // however long it lasts.
  std::map<std::string, double> windows;
};
// Of the names that Caddy gets certificates for, less wildcards; none where no name is left.
std::optional<Renewal> begin_renewal(const WatchedTls& host, const TlsSightings& seen, WallTime now);

boost::json::object to_json(const Renewal& renewal);
Renewal renewal_from(const boost::json::object& progress);

// What came of it so far; nothing while it is still to be seen.
std::optional<RequestEnd> ended(const Renewal& renewal, const TlsSightings& seen, const IssueTroubles& troubles, WallTime now);

// The windows of all renewals under way. Inside Store::read.
Result<std::map<std::string, double>> renewal_windows(Database& database);

}  // namespace argos
