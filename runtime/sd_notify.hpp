// SPDX-License-Identifier: Apache-2.0
// Tells systemd how we are, where it asked to be told (sd_notify(3)).
#pragma once

#include <string_view>

namespace argos {

// "READY=1", "STOPPING=1", "STATUS=…". Without $NOTIFY_SOCKET nothing happens.
void sd_notify(std::string_view state);

}  // namespace argos
