// SPDX-License-Identifier: Apache-2.0
#include "model/deep_json.hpp"

#include <boost/json.hpp>

namespace argos {

std::optional<boost::json::value> parse_deep(std::string_view text) {
  constexpr std::size_t kDeepest = 512;
  boost::json::parse_options deep;
  deep.max_depth = kDeepest;
  boost::system::error_code bad;
  auto value = boost::json::parse(text, bad, {}, deep);
  if (bad) return std::nullopt;
  return value;
}

}  // namespace argos
