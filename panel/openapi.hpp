// SPDX-License-Identifier: Apache-2.0
// OpenAPI 3.1 of the whole API, made from the table of routes: its paths and what they need; schemas of what is sent come from the
// structs that read it, schemas of what is answered from panel/openapi/schemas.json.
#pragma once

#include <span>

#include <boost/json/object.hpp>

#include "panel/routes.hpp"

namespace argos {

// {kind} in a path is written out for each kind.
boost::json::object openapi(std::span<const Route> routes);

}  // namespace argos
