// SPDX-License-Identifier: Apache-2.0
// `argos serve`: the controllers and the panel, until a signal.
#pragma once

#include "runtime/config.hpp"

namespace argos {

// The exit status.
int serve(const Config& config);

}  // namespace argos
