// SPDX-License-Identifier: Apache-2.0
// Two texts -> what `diff -u` would print, which `patch` takes.
#pragma once

#include <string>
#include <string_view>

namespace argos {

// A text and what stands for it in the header. A text that is not there (`present` false) is /dev/null.
struct DiffSide {
  std::string_view text;
  std::string label;
  bool present = true;
};

// Empty where the texts are equal. The shortest script of lines, unless the texts are so large and so unlike that finding it would
// be dear: then all that lies between their first and last difference is exchanged.
std::string unified_diff(const DiffSide& before, const DiffSide& after);

}  // namespace argos
