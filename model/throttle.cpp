// SPDX-License-Identifier: Apache-2.0
#include "model/throttle.hpp"

#include <algorithm>
#include <array>

#include <arpa/inet.h>

namespace argos {
namespace {

// A clock that was put back, or a row that somebody wrote, must not lock anybody out for longer than an empty bucket does.
WallTime sane(const ThrottlePolicy& policy, WallTime until, WallTime now) {
  return std::clamp(until, now, now + policy.burst * policy.each);
}

}  // namespace

std::chrono::milliseconds wait_of(const ThrottlePolicy& policy, WallTime until, WallTime now) {
  const auto next = sane(policy, until, now) - (policy.burst - 1) * policy.each;
  return std::max(std::chrono::milliseconds(0), std::chrono::ceil<std::chrono::milliseconds>(next - now));
}

WallTime charged(const ThrottlePolicy& policy, WallTime until, WallTime now) { return sane(policy, until, now) + policy.each; }

WallTime refunded(const ThrottlePolicy& policy, WallTime until) { return until - policy.each; }

std::string throttled_address(std::string_view address) {
  const std::string text(address.substr(0, address.find('%')));
  std::array<char, INET6_ADDRSTRLEN> out{};
  in6_addr bytes{};
  if (::inet_pton(AF_INET6, text.c_str(), &bytes) != 1) return text;
  if (IN6_IS_ADDR_V4MAPPED(&bytes)) return ::inet_ntop(AF_INET, &bytes.s6_addr[12], out.data(), out.size());
  std::fill(std::begin(bytes.s6_addr) + 8, std::end(bytes.s6_addr), 0);
  return std::string(::inet_ntop(AF_INET6, &bytes, out.data(), out.size())) + "/64";
}

}  // namespace argos
