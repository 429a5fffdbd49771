// SPDX-License-Identifier: Apache-2.0
// Revisions as the API tells them.
#pragma once

#include <boost/json.hpp>

#include "panel/problem.hpp"
#include "runtime/revisions.hpp"

namespace argos {

// An earlier form in the manifest's shape; null where there was none. What of it makes no sense is said under `status`.
boost::json::value to_json(Kind kind, const Form& form);
boost::json::object to_json(const Revision& revision);

// What history and undo refuse, in HTTP.
Problem refusal(const Error& error);

}  // namespace argos
