// SPDX-License-Identifier: Apache-2.0
// The API of an argos with a thousand hosts, as somebody who has logged in sees it.
#pragma once

#include <vector>

#include "test/bench/figures/figure.hpp"

namespace argos::bench {

std::vector<Figure> measure_api();

}  // namespace argos::bench
