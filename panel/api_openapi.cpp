// SPDX-License-Identifier: Apache-2.0
// GET /api/v1/openapi.json
#include <boost/json.hpp>

#include "panel/api.hpp"
#include "panel/openapi.hpp"

namespace argos::api {

Task<Answer> openapi(PanelContext&, const Request&, const Match&) {
  static const Response kWhole = json_response(200, argos::openapi(routes()));
  co_return kWhole;
}

}  // namespace argos::api
