// SPDX-License-Identifier: Apache-2.0
// A certificate's row -> the pair of files that it is for. Any thread.
#pragma once

#include <optional>
#include <string>

#include "controllers/certificates_decide.hpp"
#include "runtime/database.hpp"
#include "runtime/key_ring.hpp"

namespace argos {

struct MadePair {
  Judged judged;
  std::string crt;  // leaf and chain; nothing where it is not sound
  Secret key;
};

// One that has expired is made all the same: showing it is better than showing none.
MadePair make_pair(const Row& row, const KeyRing& ring);
// The same without reading its PEM anew: for a row that was judged as it is, if it still comes to the pair that was found then.
std::optional<MadePair> pair_as_judged(const Row& row, const Judged& judged, const KeyRing& ring);

}  // namespace argos
