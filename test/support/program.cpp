// SPDX-License-Identifier: Apache-2.0
#include "test/support/program.hpp"

namespace argos::test {

const std::string& argos_binary() {
  static const std::string kPath = ARGOS_BINARY;
  return kPath;
}

const std::string& faults_library() {
  static const std::string kPath = ARGOS_FAULTS;
  return kPath;
}

std::string source_file(const std::string& name) { return std::string(ARGOS_SOURCE_DIR) + "/" + name; }

}  // namespace argos::test
