// SPDX-License-Identifier: Apache-2.0
// A length of time as people write it: "30s", "1m30s", "500ms", "2h".
#pragma once

#include <chrono>
#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace argos {

struct Duration {
  std::chrono::milliseconds value{0};
  auto operator<=>(const Duration&) const = default;
};

// Units h, m, s, ms, largest first, whole numbers, no sign; nothing else. "0s" is allowed. Overflow (over 10 years) is no value.
std::optional<Duration> parse_duration(std::string_view text);
std::string to_string(Duration duration);  // shortest form: 90s is "1m30s"

}  // namespace argos
