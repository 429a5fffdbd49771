// SPDX-License-Identifier: Apache-2.0
// Who may ask what over TCP. On argos.sock the file's rights decide.
#pragma once

#include <optional>

#include "panel/routes.hpp"

namespace argos {

// None: it may. May note in the request who it is.
Task<std::optional<Problem>> admit(PanelContext& context, Request& request, const Route& route);

}  // namespace argos
