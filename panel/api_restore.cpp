// SPDX-License-Identifier: Apache-2.0
// A restore: wanted, taken back, and how far it is. By the marker, as the command line does it.
#include <filesystem>

#include <boost/json.hpp>

#include "panel/api.hpp"
#include "panel/bodies.hpp"
#include "runtime/archive_reader.hpp"
#include "runtime/restore_files.hpp"

namespace argos::api {
namespace {

boost::json::value report_of(const PanelContext& context) {
  const auto* const report = context.reports.find("restore");
  if (report != nullptr) return *report;
  return boost::json::object{{"wanted", nullptr}, {"progress", nullptr}, {"refused", nullptr}};
}

// Only archives of the folder of archives, by name: whoever asks over the network names no paths.
std::optional<Problem> why_not(const RestorePlaces& places, const std::string& archive) {
  const bool is_name = !archive.empty() && archive.find('/') == std::string::npos && !archive.starts_with('.');
  if (!is_name) return invalid({{"archive", "Invalid", "this is no archive's name", "GET /api/v1/backups lists them"}});
  std::error_code none;  // a name that no file can have is nobody's
  if (std::filesystem::exists(places.backups + "/" + archive, none)) return std::nullopt;
  return Problem{404, "NotFound", "there is no archive of that name", "GET /api/v1/backups lists them", {}, {}};
}

}  // namespace

Task<Answer> restore_report(PanelContext& context, const Request&, const Match&) {
  co_return json_response(200, report_of(context));
}

Task<Answer> plan_restore(PanelContext& context, const Request& request, const Match& match) {
  const auto places = RestorePlaces::of(context.config);
  if (auto problem = why_not(places, match.name)) co_return *problem;
  auto marker = new_marker(match.name, actor_of(request).who, context.clock.wall());
  auto plan = co_await context.plan_restore(std::move(marker));
  if (!plan) {
    auto problem = problem_of(plan.error());
    if (problem.status == 500 && plan.error().retry == Retry::never) problem.status = 422;  // it speaks of the archive
    if (is_about_bytes(plan.error())) problem.status = 422;
    co_return problem;
  }
  (*plan)["archive"] = match.name;
  co_return json_response(200, std::move(*plan));
}

Task<Answer> want_restore(PanelContext& context, const Request& request, const Match&) {
  const auto body = read_as<RestoreBody>(request);
  if (!body) co_return body.error();
  const auto places = RestorePlaces::of(context.config);
  if (auto problem = why_not(places, body->archive)) co_return *problem;
  auto marker = new_marker(body->archive, actor_of(request).who, context.clock.wall());
  marker.sha256 = body->sha256;
  if (body->without_secrets) marker.without_secrets = true;
  if (const auto read = parse_restore_marker(to_json_text(marker)); !read)
    co_return invalid({{"sha256", "Invalid", read.error().message, read.error().hint}});
  if (auto written = write_marker(places, marker); !written) co_return problem_of(written.error());
  auto response = json_response(202, boost::json::object{{"id", marker.id}, {"archive", marker.archive}});
  response.headers.emplace_back("Location", "/api/v1/restore");
  co_return response;
}

Task<Answer> cancel_restore(PanelContext& context, const Request&, const Match&) {
  const auto places = RestorePlaces::of(context.config);
  std::error_code failed;
  const bool was = std::filesystem::remove(places.marker(), failed);
  if (failed) co_return Problem{500, "CannotWrite", "cannot delete the marker: " + failed.message(), "", {}, {}};
  if (!was) co_return Problem{404, "NotFound", "no restore is wanted", "", {}, {}};
  co_return Response{204, {}, "", {}};
}

}  // namespace argos::api
