// SPDX-License-Identifier: Apache-2.0
// JSON as deep as Caddy nests it.
#pragma once

#include <optional>
#include <string_view>

#include <boost/json/value.hpp>

namespace argos {

// None where the text is no JSON. Up to 512 levels; Boost.JSON by itself stops at 32.
std::optional<boost::json::value> parse_deep(std::string_view text);

}  // namespace argos
