// SPDX-License-Identifier: Apache-2.0
// CrowdSec's stream of decisions -> how many are in force, by origin.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "model/error.hpp"

namespace argos {

// The stream tells what is new and what has ended since it was asked last; the whole of it begins with `forget()`. What ended is told
// more than once, and of several decisions on one address the longest alone is told.
class Decisions {
 public:
  void forget() { origins_.clear(); }
  Result<> take(std::string_view answer);
  std::size_t count() const { return origins_.size(); }
  std::map<std::string, std::int64_t> by_origin() const;

 private:
  std::map<std::string, std::string> origins_;  // of each "scope value type"
};

}  // namespace argos
