// SPDX-License-Identifier: Apache-2.0
// "Did you mean …?"
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace argos {

// The candidate with the smallest edit distance (insert, delete, replace, swap of neighbours; case ignored), where that is at
// most a third of the longer word's length, at least 1. Ties go to the earlier candidate.
std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace argos
