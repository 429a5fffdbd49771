// SPDX-License-Identifier: Apache-2.0
// A part of a list that is in the order of its keys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace argos {

struct Page {
  std::optional<std::int64_t> limit = {};  // none: all of them
  std::string after = {};                  // only what comes behind that key

  // How many rows to read, for SQL's LIMIT: one that is over tells that there is more.
  std::int64_t rows() const { return limit ? *limit + 1 : -1; }
};

}  // namespace argos
