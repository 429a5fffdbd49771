// SPDX-License-Identifier: Apache-2.0
// The audit log, newest first: ?actor=&action=&kind=&name=&limit=&before=
#include <boost/json.hpp>

#include "panel/api.hpp"
#include "runtime/audit.hpp"

namespace argos::api {
namespace {

constexpr std::int64_t kUsualLimit = 50;
constexpr std::int64_t kLargestLimit = 500;

}  // namespace

Task<Answer> audit(PanelContext& context, const Request& request, const Match&) {
  FieldErrors errors;
  const auto limit = read_number(request, "limit", errors);
  const auto before = read_number(request, "before", errors);
  if (!errors.empty()) co_return invalid(std::move(errors));
  const auto text = [&](const char* name) { return std::string(request.parameter(name)); };
  const AuditQuery query{text("actor"), text("action"),
                         text("kind"),  text("name"),
                         before,        static_cast<std::size_t>(std::min(limit.value_or(kUsualLimit), kLargestLimit))};
  boost::json::array items;
  const auto read = read_store(context, [&](Database& database) -> Result<> {
    auto found = read_audit(database, query);
    if (!found) return found.error();
    for (auto& entry : *found) items.push_back(std::move(entry));
    return {};
  });
  if (!read) co_return problem_of(read.error());
  co_return json_response(200, boost::json::object{{"items", std::move(items)}});
}

}  // namespace argos::api
