// SPDX-License-Identifier: Apache-2.0
#include "model/differences.hpp"

namespace argos {

std::vector<Difference> differences(const boost::json::value& wanted, const boost::json::value& found, std::size_t) {
  if (wanted == found) return {};
  return {{"", &wanted, &found}};
}

std::string masked(const boost::json::value*, std::size_t) { return {}; }

}  // namespace argos
