// SPDX-License-Identifier: Apache-2.0
// Changes that another web page made a browser send (cross-site request forgery).
#pragma once

#include <optional>

#include "panel/problem.hpp"

namespace argos {

// None for what changes nothing, for what the panel's own pages send, and for programs that are no browsers. A POST, and whatever
// has a body, must have a content type that no form can send: a browser then asks before it sends it for another page, and argos
// never agrees.
std::optional<Problem> why_cross_site(const Request& head);

}  // namespace argos
