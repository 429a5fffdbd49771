// SPDX-License-Identifier: Apache-2.0
// What a backup costs beside the recipe that people use: sqlite3 'VACUUM INTO', tar czf, sha256sum.
#pragma once

#include <vector>

#include "test/bench/figures/figure.hpp"

namespace argos::bench {

std::vector<Figure> measure_backups();

}  // namespace argos::bench
