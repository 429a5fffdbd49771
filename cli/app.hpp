// SPDX-License-Identifier: Apache-2.0
// The command line: what can be typed, and which function answers.
#pragma once

namespace argos {

// Exit status (contract §4): 0 done, 1 failed or not ready, 2 used wrongly, 3 differences found, 4 not in time.
constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr int kDifferent = 3;
constexpr int kLate = 4;

int run_cli(int argc, char** argv);

}  // namespace argos
