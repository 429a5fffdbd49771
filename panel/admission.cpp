// SPDX-License-Identifier: Apache-2.0
#include "panel/admission.hpp"

namespace argos {

// There are no accounts yet: nobody can say who he is.
Task<std::optional<Problem>> admit(PanelContext&, Request&, const Route& route) {
  if (route.needs == Needs::nothing) co_return std::nullopt;
  co_return Problem{401, "LoginRequired", "this needs a login", "ask over argos.sock in the data folder", {}, {}};
}

}  // namespace argos
