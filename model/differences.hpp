// SPDX-License-Identifier: Apache-2.0
// Where two JSON documents differ, as JSON Pointers (RFC 6901), for people.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <boost/json.hpp>

namespace argos {

struct Difference {
  std::string path;  // "/apps/http/servers/https/routes/3"; empty: the whole document
  const boost::json::value* wanted = nullptr;  // into the documents; null: not there
  const boost::json::value* found = nullptr;
};

// The outermost places at which they differ, at most so many; where there are more, fewer and further out. Numbers of equal value
// are equal. Elements of arrays are paired by position, save where one was put in or taken out.
std::vector<Difference> differences(const boost::json::value& wanted, const boost::json::value& found, std::size_t at_most);

// Compact JSON, shortened to `longest` characters; empty for null pointers. The values of keys that may hold secrets (password,
// key, secret, token, hash, authorization, cookie, …; any nesting) are "***".
std::string masked(const boost::json::value* value, std::size_t longest = 300);

}  // namespace argos
