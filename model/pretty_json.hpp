// SPDX-License-Identifier: Apache-2.0
// JSON for people: a member a line, two spaces a level, keys in bytewise order, so that two of them can be compared by lines.
#pragma once

#include <string>

#include <boost/json/value.hpp>

namespace argos {

std::string pretty_json(const boost::json::value& value);

}  // namespace argos
