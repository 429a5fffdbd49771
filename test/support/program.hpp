// SPDX-License-Identifier: Apache-2.0
// The argos that is tested, and its repository. Only program.cpp is compiled with its path, so that what other tests compile to is the same wherever the tree lies.
#pragma once

#include <string>

namespace argos::test {

const std::string& argos_binary();
const std::string& faults_library();  // test/faults/
std::string source_file(const std::string& name);  // where this file of the repository lies

}  // namespace argos::test
