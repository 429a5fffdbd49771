// SPDX-License-Identifier: Apache-2.0
// What is known of the targets behind the hosts, as the targets controller tells it.
#include <boost/json.hpp>

#include "panel/api.hpp"

namespace argos::api {

Task<Answer> targets(PanelContext& context, const Request&, const Match&) {
  auto report = context.reports.look("targets", {Kind::target_group, ""});
  if (report.is_null()) report = {{"checked", nullptr}, {"trouble", nullptr}, {"groups", boost::json::array{}}};
  co_return json_response(200, report);
}

}  // namespace argos::api
