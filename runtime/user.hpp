// SPDX-License-Identifier: Apache-2.0
// Users of this machine.
#pragma once

#include <string>

#include <sys/types.h>

namespace argos {

// "alice", or "uid 1000" where nobody has that number.
std::string user_name(uid_t uid);

}  // namespace argos
