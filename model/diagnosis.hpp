// SPDX-License-Identifier: Apache-2.0
// What a look at the surroundings found. The message says what and where; the hint what to do.
#pragma once

#include <string>
#include <utility>

namespace argos {

struct Diagnosis {
  enum class Outcome { ok, warn, fail };
  Outcome outcome = Outcome::ok;
  std::string message;
  std::string hint;

  std::string text() const { return hint.empty() ? message : message + " (" + hint + ")"; }
};

inline Diagnosis fine(std::string message) { return {Diagnosis::Outcome::ok, std::move(message), {}}; }
inline Diagnosis warn(std::string message, std::string hint) {
  return {Diagnosis::Outcome::warn, std::move(message), std::move(hint)};
}
inline Diagnosis bad(std::string message, std::string hint) {
  return {Diagnosis::Outcome::fail, std::move(message), std::move(hint)};
}

}  // namespace argos
