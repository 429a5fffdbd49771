// SPDX-License-Identifier: Apache-2.0
// The master key: what lies sealed under which, taking it as it is, and sealing a secret for a manifest.
#include <boost/json.hpp>

#include "panel/api.hpp"
#include "panel/object_json.hpp"
#include "runtime/key_report.hpp"

namespace argos::api {
namespace {

Task<Answer> told(PanelContext& context) {
  boost::json::object report;
  const auto read = read_store(context, [&](Database& database) -> Result<> {
    auto made = key_report(database, context.secrets);
    if (!made) return made.error();
    report = std::move(*made);
    return {};
  });
  if (!read) co_return problem_of(read.error());
  co_return json_response(200, report);
}

}  // namespace

Task<Answer> keys(PanelContext& context, const Request&, const Match&) { co_return co_await told(context); }

Task<Answer> accept_key(PanelContext& context, const Request& request, const Match&) {
  StoreJob job = [&](Database& database) -> Result<> {
    const auto accepted = context.secrets.accept(database, actor_of(request).who);
    if (!accepted) return accepted.error();
    return {};
  };
  const auto done = co_await write_store(context, actor_of(request), std::move(job));
  if (done) co_return co_await told(context);
  auto problem = problem_of(done.error());
  if (done.error().reason == "MasterKeyNotConfigured") problem.status = 409;
  co_return problem;
}

}  // namespace argos::api
