// SPDX-License-Identifier: Apache-2.0
// The log: stderr, as text for people or as one JSON object a line.
#pragma once

#include <string>

namespace argos {

// level: trace, debug, info, warn, error. format: text, json.
void set_up_log(const std::string& level, const std::string& format);

}  // namespace argos
