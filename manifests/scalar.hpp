// SPDX-License-Identifier: Apache-2.0
// What a plain scalar means: the core schema of YAML 1.2 (chapter 10.3), so `no` and `on` are texts.
#pragma once

#include <optional>
#include <string_view>

#include <boost/json/value.hpp>

namespace argos {

// Nothing for a number that JSON cannot hold (infinity, not-a-number, 1e999).
std::optional<boost::json::value> resolve_plain(std::string_view text);

}  // namespace argos
