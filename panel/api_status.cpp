// SPDX-License-Identifier: Apache-2.0
// The probes, the status of every controller, and what the manifests folder holds.
#include <boost/json.hpp>

#include "panel/api.hpp"
#include "panel/manifest_report.hpp"
#include "runtime/version.hpp"

namespace argos::api {
namespace {

constexpr std::size_t kStatusBytes = 64U << 10U;

boost::json::value time_or_null(const std::optional<WallTime>& time) {
  if (!time) return nullptr;
  return boost::json::string(to_rfc3339(*time));
}

// Objects in trouble that are this controller's to program or to read.
std::size_t objects_not_ready(const PanelContext& context, std::string_view controller) {
  std::size_t count = 0;
  if (controller == "caddy") {
    for (const auto& names : desired_kinds())
      count += names.kind == Kind::backup_policy ? 0 : context.conditions.not_ready(names.kind);
  } else if (controller == "backups") {
    count = context.conditions.not_ready(Kind::backup) + context.conditions.not_ready(Kind::backup_policy);
  } else if (controller == "manifests") {
    count = manifest_errors(context.reports);
  }
  return count;
}

boost::json::object to_json(const PanelContext& context, const Controller& controller,
                            const boost::json::storage_ptr& in = {}) {
  const auto stats = controller.stats();
  return boost::json::object({{"name", controller.name()},
                              {"conditions", argos::to_json(context.conditions.of(controller.key()), in)},
                              {"objectsNotReady", objects_not_ready(context, controller.name())},
                              {"lastReconcile", time_or_null(stats.last)},
                              {"nextReconcile", time_or_null(stats.next)},
                              {"reconciles", stats.reconciles},
                              {"failures", stats.failures},
                              {"queue", stats.queue}},
                             in);
}

std::string why(const PanelContext& context, const std::string& controller) {
  const auto* const ready = context.conditions.find({Kind::controller, controller}, "Ready");
  if (ready == nullptr) return "Pending: has not run yet";
  return ready->message.empty() ? ready->reason : ready->reason + ": " + ready->message;
}

}  // namespace

Task<Answer> healthz(PanelContext&, const Request&, const Match&) {
  co_return Response{200, {{"Content-Type", "text/plain; charset=utf-8"}}, "ok\n"};
}

Task<Answer> readyz(PanelContext& context, const Request&, const Match&) {
  const auto waiting = context.manager.waiting();
  boost::json::object body{{"ready", waiting.empty()}, {"waiting", boost::json::array(waiting.begin(), waiting.end())}};
  if (!waiting.empty()) {
    auto& reasons = body["why"].emplace_object();
    for (const auto& name : waiting) reasons[name] = why(context, name);
  }
  co_return json_response(waiting.empty() ? 200 : 503, body);
}

Task<Answer> status(PanelContext& context, const Request&, const Match&) {
  boost::json::monotonic_resource memory(kStatusBytes);  // it is asked for all the time, and is some hundred little values
  boost::json::array controllers(&memory);
  for (const auto& controller : context.manager.controllers()) controllers.push_back(to_json(context, *controller, &memory));
  const boost::json::value body(
      {{"ready", context.manager.waiting().empty()}, {"version", version()}, {"controllers", std::move(controllers)}}, &memory);
  co_return json_response(200, body);
}

boost::json::object controller_with_trace(const PanelContext& context, const Controller& controller) {
  auto out = to_json(context, controller);
  out["trace"] = argos::to_json(controller.trace());
  return out;
}

Task<Answer> controller(PanelContext& context, const Request&, const Match& match) {
  const auto* const found = context.manager.find(match.name);
  if (found != nullptr) co_return json_response(200, controller_with_trace(context, *found));
  std::string known;
  for (const auto& one : context.manager.controllers()) known += (known.empty() ? "" : ", ") + std::string(one->name());
  co_return Problem{404, "NotFound", "there is no controller/" + match.name, "known: " + known, {}, {}};
}

Task<Answer> manifests(PanelContext& context, const Request&, const Match&) {
  const auto* const report = context.reports.find("manifests");
  if (report != nullptr) co_return json_response(200, *report);
  co_return json_response(
      200, boost::json::object{{"folder", context.config.manifests_dir}, {"files", boost::json::array{}}, {"errorCount", 0}});
}

}  // namespace argos::api
