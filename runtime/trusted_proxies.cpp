// SPDX-License-Identifier: Apache-2.0
#include "runtime/trusted_proxies.hpp"

#include <algorithm>

namespace argos {
namespace {

std::vector<Network> this_machine() { return {*parse_network("127.0.0.0/8"), *parse_network("::1")}; }

}  // namespace

TrustedProxies::TrustedProxies(const Config& config)
    : follows_caddy_(config.is_behind_caddy() && config.trusted_proxies.empty()),
      networks_(follows_caddy_ ? this_machine() : config.trusted_proxies) {}

bool TrustedProxies::caddy_is_at(const std::vector<std::string>& addresses) {
  if (!follows_caddy_) return false;
  auto networks = this_machine();
  for (const auto& address : addresses) {
    auto network = parse_network(address);
    if (network && !is_trusted(address, networks)) networks.push_back(std::move(*network));
  }
  const bool is_news = !std::ranges::equal(networks, networks_, {}, &Network::text, &Network::text);
  networks_ = std::move(networks);
  return is_news;
}

}  // namespace argos
