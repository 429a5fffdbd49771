// SPDX-License-Identifier: Apache-2.0
// The text of one document -> its nodes. The only file that knows yaml-cpp, and what is wrong with it, is the .cpp of this one.
#pragma once

#include <string_view>

#include "manifests/yaml.hpp"

namespace argos {

inline constexpr std::size_t kDeepestYaml = 32;  // Boost.JSON reads no deeper either
inline constexpr std::size_t kMostYamlNodes = 200'000;  // a document

// False, with an error in `into`, where it cannot be read. No nodes: the document is empty.
bool compose(std::string_view text, int first_line, YamlDocument& into);

}  // namespace argos
