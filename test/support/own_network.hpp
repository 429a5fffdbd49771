// SPDX-License-Identifier: Apache-2.0
// A network namespace of the test's own, as a container has one: its loopback is up, and tcp_migrate_req is on, as compose sets it.
#pragma once

#include <string>

namespace argos::test {

// Moves this process there, and so all that it starts from now on: before there are threads. Empty, or why it cannot be had here.
std::string enter_own_network();

}  // namespace argos::test
