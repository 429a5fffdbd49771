// SPDX-License-Identifier: Apache-2.0
// The master key: what lies sealed under which, and taking the current one as it is.
#include <boost/json.hpp>

#include "panel/api.hpp"
#include "runtime/key_report.hpp"

namespace argos::api {
namespace {

void look_again(const PanelContext& context) {
  if (auto* const keeper = context.manager.find("secrets")) keeper->mark(keeper->key(), "the master key was accepted");
}

}  // namespace

Task<Answer> keys(PanelContext& context, const Request&, const Match&) {
  if (auto why = why_no_store(context)) co_return problem_of(*why);
  auto job = [path = context.store.path(), secrets = context.secrets] { return look_at_keys(path, secrets); };
  const auto found = co_await context.workers.run(std::move(job));
  if (!found) co_return problem_of(found.error());
  co_return json_response(200, key_report(*found, context.secrets.ring()));
}

Task<Answer> accept_key(PanelContext& context, const Request& request, const Match&) {
  const auto by = actor_of(request);
  bool news = false;
  StoreJob job = [&](Database& database) -> Result<> {
    const auto accepted = context.secrets.accept(database, by.who);
    if (!accepted) return accepted.error();
    news = *accepted;
    return {};
  };
  const auto done = co_await write_store(context, by, std::move(job));
  if (!done) co_return problem_of(done.error());
  if (news) look_again(context);
  co_return json_response(200, boost::json::object{{"key", context.secrets.ring().current_id()}, {"changed", news}});
}

}  // namespace argos::api
