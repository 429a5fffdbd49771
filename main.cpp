// SPDX-License-Identifier: Apache-2.0
// The way in: everything is said in cli/app.cpp.
#include "cli/app.hpp"

int main(int argc, char** argv) { return argos::run_cli(argc, argv); }
