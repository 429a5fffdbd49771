// SPDX-License-Identifier: Apache-2.0
// A certificate's row -> the pair of files that it is for. Any thread.
#pragma once

#include <string>

#include "controllers/certificates_decide.hpp"
#include "runtime/key_ring.hpp"

namespace argos {

struct MadePair {
  Judged judged;
  std::string crt;  // leaf and chain; nothing where it is not sound
  Secret key;
};

// One that has expired is made all the same: showing it is better than showing none.
MadePair make_pair(const Object<Certificate>& row, const KeyRing& ring);

}  // namespace argos
