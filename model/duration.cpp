// SPDX-License-Identifier: Apache-2.0
#include "model/duration.hpp"

#include <array>
#include <charconv>
#include <cstdint>

namespace argos {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};
constexpr std::array<Unit, 4> kUnits{{{"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::int64_t kLongest = 10LL * 365 * 24 * 3'600'000;

// The digits and then the letters at the front of `rest`; takes them off.
std::optional<std::pair<std::int64_t, std::string_view>> take_part(std::string_view& rest) {
  std::int64_t number = 0;
  const auto [end, bad] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (bad != std::errc{} || rest.front() == '-') return std::nullopt;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  const auto unit = rest.substr(0, rest.find_first_of("0123456789"));
  rest.remove_prefix(unit.size());
  return std::pair{number, unit};
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  auto unit = kUnits.begin();
  while (!text.empty()) {
    const auto part = take_part(text);
    if (!part) return std::nullopt;
    while (unit != kUnits.end() && unit->name != part->second) ++unit;
    if (unit == kUnits.end() || part->first > kLongest / unit->milliseconds) return std::nullopt;
    total += part->first * unit->milliseconds;
    if (total > kLongest) return std::nullopt;
    ++unit;
  }
  return Duration{std::chrono::milliseconds(total)};
}

std::string to_string(Duration duration) {
  std::int64_t rest = duration.value.count();
  if (rest == 0) return "0s";
  std::string out = rest < 0 ? "-" : "";
  for (const auto& unit : kUnits) {
    const std::int64_t count = rest / unit.milliseconds;
    rest %= unit.milliseconds;
    if (count != 0) out += std::to_string(count < 0 ? -count : count) + std::string(unit.name);
  }
  return out;
}

}  // namespace argos
