// SPDX-License-Identifier: Apache-2.0
#include "model/network.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace argos {
namespace {

constexpr unsigned kAllBits = 128;
constexpr unsigned kMappedBits = 96;  // before the 32 of IPv4
constexpr unsigned kByte = 8;

// "192.0.2.7", "192.0.2.7:4711", "[2001:db8::7]:4711": without the port
std::string_view bare(std::string_view entry) {
  while (entry.starts_with(' ') || entry.starts_with('\t')) entry.remove_prefix(1);
  while (entry.ends_with(' ') || entry.ends_with('\t')) entry.remove_suffix(1);
  if (entry.starts_with('[')) return entry.substr(1, std::min(entry.find(']'), entry.size()) - 1);
  const auto colon = entry.find(':');
  return colon != std::string_view::npos && entry.find(':', colon + 1) == std::string_view::npos ? entry.substr(0, colon)
                                                                                                 : entry;
}

std::string text_of(const AddressBytes& address) {
  const bool mapped = std::all_of(address.begin(), address.begin() + 10, [](auto byte) { return byte == 0; }) &&
                      address[10] == 0xff && address[11] == 0xff;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (mapped) {
    ::inet_ntop(AF_INET, address.data() + 12, text.data(), text.size());
  } else {
    ::inet_ntop(AF_INET6, address.data(), text.data(), text.size());
  }
  return text.data();
}

bool contained(const AddressBytes& address, std::span<const Network> networks) {
  return std::ranges::any_of(networks, [&](const Network& network) { return network.contains(address); });
}

}  // namespace

std::optional<AddressBytes> parse_address(std::string_view text) {
  const std::string terminated(text);
  AddressBytes out{};
  if (terminated.find('\0') != std::string::npos) return std::nullopt;
  if (::inet_pton(AF_INET6, terminated.c_str(), out.data()) == 1) return out;
  out = {};
  out[10] = out[11] = 0xff;
  if (::inet_pton(AF_INET, terminated.c_str(), out.data() + 12) == 1) return out;
  return std::nullopt;
}

bool Network::contains(const AddressBytes& other) const {
  for (unsigned at = 0; at < bits; at += kByte) {
    const unsigned left = std::min(bits - at, kByte);
    const auto mask = static_cast<std::uint8_t>(0xffU << (kByte - left));
    if (((address.at(at / kByte) ^ other.at(at / kByte)) & mask) != 0) return false;
  }
  return true;
}

std::optional<Network> parse_network(std::string_view text) {
  const auto slash = std::min(text.find('/'), text.size());
  const auto host = text.substr(0, slash);
  const auto address = parse_address(host);
  if (!address) return std::nullopt;
  Network out{*address, kAllBits, std::string(text)};
  if (slash == text.size()) return out;
  const auto digits = text.substr(slash + 1);
  unsigned bits = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (failed != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  const unsigned before = host.find(':') == std::string_view::npos ? kMappedBits : 0;
  if (bits > kAllBits - before) return std::nullopt;
  out.bits = before + bits;
  return out;
}

bool is_trusted(std::string_view address, std::span<const Network> trusted) {
  const auto parsed = parse_address(address);
  return parsed && contained(*parsed, trusted);
}

std::string client_address(std::string_view peer, std::string_view forwarded_for, std::span<const Network> trusted) {
  if (!is_trusted(peer, trusted)) return std::string(peer);
  std::string client(peer);
  while (!forwarded_for.empty()) {
    const auto comma = forwarded_for.rfind(',');
    const auto address = parse_address(bare(forwarded_for.substr(comma == std::string_view::npos ? 0 : comma + 1)));
    if (!address) return client;
    client = text_of(*address);
    if (!contained(*address, trusted)) return client;
    forwarded_for = forwarded_for.substr(0, comma == std::string_view::npos ? 0 : comma);
  }
  return client;
}

}  // namespace argos
