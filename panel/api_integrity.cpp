// SPDX-License-Identifier: Apache-2.0
// How far the controller `integrity` is, as it tells.
#include <boost/json.hpp>

#include "panel/api.hpp"

namespace argos::api {

Task<Answer> integrity(PanelContext& context, const Request&, const Match&) {
  const auto* const report = context.reports.find("integrity");
  if (report != nullptr) co_return json_response(200, *report);
  co_return json_response(200,
                          boost::json::object{{"places", boost::json::array{}}, {"checked", nullptr}, {"reading", nullptr}});
}

}  // namespace argos::api
