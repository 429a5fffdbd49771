// SPDX-License-Identifier: Apache-2.0
// From a request to its answer: who asks, whether he may, which route, and the one place that turns a refusal into HTTP.
#pragma once

#include <span>

#include "panel/routes.hpp"

namespace argos {

// Before a body is read: there is such a route, no other page's doing, and whoever asks may.
Gate make_gate(PanelContext& context, std::span<const Route> table = routes());

// Never throws for what a request says; an exception is a defect.
Handler make_handler(PanelContext& context, std::span<const Route> table = routes());

}  // namespace argos
