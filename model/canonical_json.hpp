// SPDX-License-Identifier: Apache-2.0
// One text for equal JSON values, so that what was sent and what is read back compare as values and never as text.
#pragma once

#include <string>
#include <string_view>

#include <boost/json/value.hpp>

namespace argos {

// Keys in bytewise order, no spaces, numbers as Caddy keeps them: through a double, so that 1, 1.0 and 1e0 are the same.
std::string canonical_json(const boost::json::value& value);

// 64-bit FNV-1a as 16 hex digits: the same everywhere and in every release. For telling things apart, not for trust.
std::string fnv1a_hex(std::string_view bytes);

}  // namespace argos
