// SPDX-License-Identifier: Apache-2.0
// Verbs that somebody wants done once: asked for, and what came of them.
#include <charconv>

#include <boost/json.hpp>

#include "model/caddy_tls.hpp"
#include "panel/api.hpp"
#include "runtime/requests.hpp"
#include "runtime/rows.hpp"

namespace argos::api {
namespace {

const Error kRolledBack{"RolledBack", "refused", "", Retry::never};

Problem conflict(const Error& error) { return {409, error.reason, error.message, error.hint, {}, {}}; }

Problem not_found(const std::string& what) { return {404, "NotFound", "there is no " + what, "", {}, {}}; }

std::optional<Problem> why_not_renewed(const PanelContext& context, const Key& key, const std::optional<Object<Host>>& host) {
  if (!host) return not_found(to_string(key));
  if (const auto why = not_renewable(host->spec)) return conflict(*why);
  if (context.conditions.is_true(key, "Programmed")) return std::nullopt;
  return conflict({"NotProgrammed", "Caddy does not run " + to_string(key) + " as it is wanted",
                   "`argos explain " + to_string(key) + "` says why"});
}

// How far it is, where its controller tells that oftener than it writes it down.
boost::json::object with_progress(const PanelContext& context, boost::json::object request, std::int64_t id) {
  const auto* const report = context.reports.find("backups");
  const auto* const running = report == nullptr ? nullptr : report->get_object().if_contains("running");
  if (running == nullptr || !running->is_object() || running->get_object().at("request") != boost::json::value(id))
    return request;
  for (const auto& item : running->get_object()) {
    if (item.key() != "request") request["progress"].get_object()[item.key()] = item.value();
  }
  return request;
}

Response accepted(const VerbRequest& request) {
  auto response = json_response(202, argos::to_json(request));
  response.headers.emplace_back("Location", "/api/v1/requests/" + std::to_string(request.id));
  return response;
}

}  // namespace

Task<Answer> get_request(PanelContext& context, const Request&, const Match& match) {
  std::int64_t id = 0;
  const auto* const end = match.name.data() + match.name.size();
  const auto parsed = std::from_chars(match.name.data(), end, id);
  const bool is_number = parsed.ec == std::errc() && parsed.ptr == end;
  std::optional<VerbRequest> held;
  const auto read = read_store(context, [&](Database& database) -> Result<> {
    auto found = read_request(database, is_number ? id : 0);
    if (!found) return found.error();
    held = std::move(*found);
    return {};
  });
  if (!read) co_return problem_of(read.error());
  if (!held) co_return not_found("request " + match.name);
  co_return json_response(200, with_progress(context, argos::to_json(*held), held->id));
}

Task<Answer> renew_host(PanelContext& context, const Request& request, const Match& match) {
  const Key key{Kind::host, match.name};
  std::optional<Problem> refused;
  std::optional<VerbRequest> asked;
  StoreJob job = [&](Database& database) -> Result<> {
    const auto host = read_one<Host>(database, key.name);
    if (!host) return host.error();
    refused = why_not_renewed(context, key, *host);
    if (refused) return kRolledBack;
    const auto id = ask(database, "renew", key);
    if (!id) return id.error();
    auto made = read_request(database, *id);
    if (!made) return made.error();
    asked = std::move(*made);
    return {};
  };
  const auto done = co_await write_store(context, actor_of(request), std::move(job));
  if (refused) co_return *refused;
  if (!done) co_return problem_of(done.error());
  co_return accepted(*asked);
}

}  // namespace argos::api
