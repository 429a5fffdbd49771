// SPDX-License-Identifier: Apache-2.0
// Who may ask what over TCP: a session's cookie or a token, a role, and for some things a password that was just given. On argos.sock
// the file's rights decide.
#pragma once

#include <optional>

#include "panel/routes.hpp"

namespace argos {

// None: it may. Notes in the request who it is.
Task<std::optional<Problem>> admit(PanelContext& context, Request& request, const Route& route);

// Whether an answer that goes on and on may go on: the session or the token is still one. False too where nobody can tell.
bool is_still_in(const PanelContext& context, const Caller& caller);

}  // namespace argos
