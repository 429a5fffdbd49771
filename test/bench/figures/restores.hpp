// SPDX-License-Identifier: Apache-2.0
// What a restore costs beside what people do by hand (tar xzf, PRAGMA integrity_check), and how long nobody can change anything.
#pragma once

#include <string>
#include <vector>

#include "test/bench/figures/figure.hpp"

namespace argos::bench {

constexpr int kEntriesOf350Mb = 1'330'000;

// That many entries more in the audit log of a database of argos, as an access log would have them.
void fill_audit_log(const std::string& path, int entries);

std::vector<Figure> measure_restores();
// Changes, one after the other, while a large database is restored.
std::vector<Figure> measure_blocked();

}  // namespace argos::bench
