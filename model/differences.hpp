// SPDX-License-Identifier: Apache-2.0
// Where two JSON documents differ, as JSON Pointers (RFC 6901), for people.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "model/masked.hpp"

namespace argos {

struct Difference {
  std::string path;  // "/apps/http/servers/https/routes/3"; empty: the whole document
  const boost::json::value* wanted = nullptr;  // into the documents; null: not there
  const boost::json::value* found = nullptr;
};

// The places at which they differ, in the documents' order, at most so many; where there are more, fewer and further out. Numbers
// of equal value are equal. Objects without a name in common differ as a whole. Elements of arrays are paired by position, save
// where some were put in or taken out. Takes time in proportion to the documents.
std::vector<Difference> differences(const boost::json::value& wanted, const boost::json::value& found, std::size_t at_most);

// "a/b" -> "a~1b"
std::string pointer_segment(std::string_view name);

}  // namespace argos
