// SPDX-License-Identifier: Apache-2.0
// What a backup costs beside the recipe that people use (sqlite3 'VACUUM INTO', tar czf, sha256sum), and what others notice of it.
#pragma once

#include <string>
#include <vector>

#include "test/bench/figures/figure.hpp"

namespace argos::bench {

constexpr int kRowsOf350Mb = 1'350'000;

// A table `log_entries` of that many rows, as an access log has them, in a database that nobody has open.
void fill_log(const std::string& path, int rows);

std::vector<Figure> measure_backups();
// What requests and changes take while a large database is backed up.
std::vector<Figure> measure_meanwhile();

}  // namespace argos::bench
