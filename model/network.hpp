// SPDX-License-Identifier: Apache-2.0
// IP addresses and networks, as text: whose word about the client counts (ARGOS_TRUSTED_PROXIES, X-Forwarded-For).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace argos {

using AddressBytes = std::array<std::uint8_t, 16>;  // IPv4 as ::ffff:a.b.c.d

// "192.0.2.7", "2001:db8::7"
std::optional<AddressBytes> parse_address(std::string_view text);

struct Network {
  AddressBytes address{};
  unsigned bits = 0;  // of the 128 that count
  std::string text;   // as it was written

  bool contains(const AddressBytes& other) const;
};

// "192.0.2.7", "10.0.0.0/8", "fd00::/8"; what an address has beyond the prefix does not count.
std::optional<Network> parse_network(std::string_view text);

// Who the client is: the peer, unless it is a trusted proxy; then the rightmost address in X-Forwarded-For that is not one itself.
// What stands left of that anybody may have written. Where an entry makes no sense, the last one that did.
std::string client_address(std::string_view peer, std::string_view forwarded_for, std::span<const Network> trusted);

bool is_trusted(std::string_view address, std::span<const Network> trusted);

}  // namespace argos
