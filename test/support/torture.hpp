// SPDX-License-Identifier: Apache-2.0
// For tests that play at random: a few rounds in `make test`, many in `make torture`, and always a seed that can be named again.
//
// Such a test has "Torture" in its name. scripts/torture finds it by that, sets ARGOS_TEST_TORTURE=1 and ARGOS_TEST_SEED, and
// writes what came of it into docs/reliability.md.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>

namespace argos::test {

inline bool torture() { return std::getenv("ARGOS_TEST_TORTURE") != nullptr; }

// For scripts/torture.
inline void say_rounds(int count) { std::cout << "rounds: " << count << std::endl; }

inline int rounds(int quick, int full) {
  if (torture()) say_rounds(full);
  return torture() ? full : quick;
}

// The same in every quick run, so that what fails once fails again.
inline std::uint64_t seed() {
  const char* const given = std::getenv("ARGOS_TEST_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : 20261123;
}

}  // namespace argos::test
