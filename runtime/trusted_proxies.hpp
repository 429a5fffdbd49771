// SPDX-License-Identifier: Apache-2.0
// Whose word about a client counts: ARGOS_TRUSTED_PROXIES. Where that is not set and the panel stands behind Caddy, Caddy's.
#pragma once

#include <span>
#include <vector>

#include "model/network.hpp"
#include "runtime/config.hpp"

namespace argos {

// Loop thread only.
class TrustedProxies {
 public:
  explicit TrustedProxies(const Config& config);

  // Caddy is trusted wherever it is: its addresses are to be told.
  bool follows_caddy() const { return follows_caddy_; }
  // True where that is news. On this machine it is trusted anyway.
  bool caddy_is_at(const std::vector<std::string>& addresses);

  std::span<const Network> networks() const { return networks_; }

 private:
  bool follows_caddy_;
  std::vector<Network> networks_;
};

}  // namespace argos
