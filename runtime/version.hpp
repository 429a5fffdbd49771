// SPDX-License-Identifier: Apache-2.0
// Which argos this is.
#pragma once

#include <string_view>

namespace argos {

std::string_view version();     // "0.1.0"
std::string_view git_commit();  // as it was when CMake ran; empty outside a working copy

}  // namespace argos
