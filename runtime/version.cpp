// SPDX-License-Identifier: Apache-2.0
#include "runtime/version.hpp"

namespace argos {

// Both are defined for this file alone, so that a new commit compiles nothing else anew.
std::string_view version() { return ARGOS_VERSION; }
std::string_view git_commit() { return ARGOS_GIT_COMMIT; }

}  // namespace argos
