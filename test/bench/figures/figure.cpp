// SPDX-License-Identifier: Apache-2.0
#include "test/bench/figures/figure.hpp"

#include <algorithm>

namespace argos::bench {

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const auto middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double milliseconds_of(const std::function<void()>& job) {
  const auto begun = std::chrono::steady_clock::now();
  job();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count();
}

}  // namespace argos::bench
