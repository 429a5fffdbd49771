// SPDX-License-Identifier: Apache-2.0
#include "runtime/trusted_proxies.hpp"

#include "test/support/support.hpp"

namespace argos {
namespace {

Config behind_caddy(const std::string& proxies = "") {
  auto config = read_config(
      {{"ARGOS_PANEL_MODE", "behind_caddy"}, {"ARGOS_PANEL_DOMAIN", "panel.test"}, {"ARGOS_TRUSTED_PROXIES", proxies}});
  return std::move(config.value());
}

bool trusts(const TrustedProxies& proxies, std::string_view address) { return is_trusted(address, proxies.networks()); }

TEST(TrustedProxies, InLanNobodyIsOneUnlessHeIsNamed) {
  TrustedProxies nobody{Config{}};
  EXPECT_FALSE(nobody.follows_caddy());
  EXPECT_FALSE(nobody.caddy_is_at({"10.0.0.7"}));
  EXPECT_TRUE(nobody.networks().empty());
  EXPECT_TRUE(trusts(TrustedProxies(read_config({{"ARGOS_TRUSTED_PROXIES", "10.0.0.0/8"}}).value()), "10.0.0.7"));
}

TEST(TrustedProxies, BehindCaddyItIsCaddyOnThisMachineOrWhereItIs) {
  TrustedProxies caddy(behind_caddy());
  EXPECT_TRUE(caddy.follows_caddy());
  EXPECT_TRUE(trusts(caddy, "127.0.0.1"));
  EXPECT_TRUE(trusts(caddy, "::1"));
  EXPECT_FALSE(trusts(caddy, "10.0.0.7"));
  EXPECT_TRUE(caddy.caddy_is_at({"10.0.0.7", "fd00::7"}));
  EXPECT_TRUE(trusts(caddy, "10.0.0.7"));
  EXPECT_TRUE(trusts(caddy, "fd00::7"));
  EXPECT_FALSE(trusts(caddy, "10.0.0.8"));
}

TEST(TrustedProxies, ACaddyThatHasMovedIsNotTrustedWhereItWas) {
  TrustedProxies caddy(behind_caddy());
  caddy.caddy_is_at({"10.0.0.7"});
  EXPECT_FALSE(caddy.caddy_is_at({"10.0.0.7", "127.0.0.1"})) << "is no news";
  EXPECT_TRUE(caddy.caddy_is_at({"10.0.0.9"}));
  EXPECT_FALSE(trusts(caddy, "10.0.0.7"));
  EXPECT_TRUE(trusts(caddy, "127.0.0.1"));
}

TEST(TrustedProxies, WhoeverIsNamedIsTrustedInCaddysPlace) {
  TrustedProxies named(behind_caddy("192.0.2.1"));
  EXPECT_FALSE(named.follows_caddy());
  EXPECT_FALSE(named.caddy_is_at({"10.0.0.7"}));
  EXPECT_TRUE(trusts(named, "192.0.2.1"));
  EXPECT_FALSE(trusts(named, "127.0.0.1"));
}

}  // namespace
}  // namespace argos
