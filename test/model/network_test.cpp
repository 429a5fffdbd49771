// SPDX-License-Identifier: Apache-2.0
#include "model/network.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace argos {
namespace {

std::vector<Network> networks(std::initializer_list<const char*> texts) {
  std::vector<Network> out;
  for (const auto* const text : texts) out.push_back(parse_network(text).value());
  return out;
}

TEST(Network, ContainsWhatItsPrefixSays) {
  const auto ten = parse_network("10.0.0.0/8").value();
  EXPECT_TRUE(ten.contains(parse_address("10.255.0.1").value()));
  EXPECT_FALSE(ten.contains(parse_address("11.0.0.1").value()));
  const auto odd = parse_network("192.0.2.64/26").value();
  EXPECT_TRUE(odd.contains(parse_address("192.0.2.127").value()));
  EXPECT_FALSE(odd.contains(parse_address("192.0.2.128").value()));
  const auto six = parse_network("fd00::/8").value();
  EXPECT_TRUE(six.contains(parse_address("fdff::1").value()));
  EXPECT_FALSE(six.contains(parse_address("fe80::1").value()));
}

TEST(Network, AnAddressIsANetworkOfOne) {
  const auto one = parse_network("192.0.2.7").value();
  EXPECT_TRUE(one.contains(parse_address("192.0.2.7").value()));
  EXPECT_FALSE(one.contains(parse_address("192.0.2.6").value()));
}

TEST(Network, WhatAnAddressHasBeyondThePrefixDoesNotCount) {
  EXPECT_TRUE(parse_network("10.1.2.3/8").value().contains(parse_address("10.9.9.9").value()));
}

TEST(Network, AllOfIpv4IsNoneOfIpv6) {
  const auto all = parse_network("0.0.0.0/0").value();
  EXPECT_TRUE(all.contains(parse_address("203.0.113.9").value()));
  EXPECT_TRUE(all.contains(parse_address("::ffff:203.0.113.9").value()));
  EXPECT_FALSE(all.contains(parse_address("2001:db8::1").value()));
}

TEST(Network, WhatIsNoneIsRefused) {
  for (const auto* const text :
       {"", "caddy", "10.0.0.0/33", "fd00::/129", "10.0.0.0/", "10.0.0.0/8x", "10.0.0/8", "10.0.0.0/-1", "/8"})
    EXPECT_FALSE(parse_network(text)) << text;
}

struct Case {
  const char *peer, *forwarded_for, *client;
};

TEST(ClientAddress, IsTheRightmostThatIsNoTrustedProxy) {
  const auto trusted = networks({"127.0.0.1", "10.0.0.0/8", "fd00::/8"});
  for (const auto& [peer, forwarded_for, client] : std::vector<Case>{
           {"203.0.113.9", "", "203.0.113.9"},
           {"203.0.113.9", "198.51.100.1", "203.0.113.9"},              // nobody trusts whoever says so
           {"127.0.0.1", "", "127.0.0.1"},
           {"127.0.0.1", "198.51.100.1", "198.51.100.1"},
           {"127.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"},      // what stands left of it, the client wrote
           {"127.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2", "198.51.100.1"},
           {"127.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"},             // proxies all the way
           {"127.0.0.1", "198.51.100.1, unknown, 10.0.0.2", "10.0.0.2"},  // nonsense ends the walk
           {"127.0.0.1", "198.51.100.1,,", "127.0.0.1"},
           {"127.0.0.1", "198.51.100.1:4711", "198.51.100.1"},
           {"127.0.0.1", "[2001:db8::7]:4711", "2001:db8::7"},
           {"fd00::1", "2001:db8::7", "2001:db8::7"},
           {"127.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"},
           {"127.0.0.1", "[", "127.0.0.1"},
       })
    EXPECT_EQ(client_address(peer, forwarded_for, trusted), client) << peer << " <- " << forwarded_for;
}

TEST(ClientAddress, WithoutTrustedProxiesItIsThePeer) {
  EXPECT_EQ(client_address("127.0.0.1", "198.51.100.1", {}), "127.0.0.1");
}

}  // namespace
}  // namespace argos
