// SPDX-License-Identifier: Apache-2.0
// The history of desired state: who changed what, before and after.
#include <charconv>

#include <boost/json.hpp>

#include "panel/api.hpp"
#include "panel/revision_json.hpp"

namespace argos::api {
namespace {

constexpr std::size_t kUsualLimit = 50;
constexpr std::size_t kLargestLimit = 500;

std::optional<std::int64_t> number_from(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
  return bad == std::errc{} && end == text.data() + text.size() && number > 0 ? std::optional(number) : std::nullopt;
}

RevisionQuery read_query(const Request& request, FieldErrors& errors) {
  RevisionQuery query;
  query.name = request.parameter("name");
  if (const auto word = request.parameter("kind"); !word.empty()) {
    query.kind = kind_from(word);
    if (!query.kind) errors.push_back({"kind", "Unknown", "there is no kind '" + std::string(word) + "'", ""});
  } else if (!query.name.empty()) {
    errors.push_back({"kind", "Required", "a name without a kind is nobody's", "add kind=Host"});
  }
  query.actor = request.parameter("actor");
  query.what = request.parameter("what");
  query.before = read_number(request, "before", errors);
  const auto limit = read_number(request, "limit", errors);
  query.limit = std::min(static_cast<std::size_t>(limit.value_or(kUsualLimit)), kLargestLimit);
  return query;
}

}  // namespace

Task<Answer> history(PanelContext& context, const Request& request, const Match&) {
  FieldErrors errors;
  const auto query = read_query(request, errors);
  if (!errors.empty()) co_return invalid(std::move(errors));
  boost::json::array items;
  const auto done = read_store(context, [&](Database& database) -> Result<> {
    const auto revisions = read_revisions(database, query);
    if (!revisions) return revisions.error();
    for (const auto& revision : *revisions) items.push_back(argos::to_json(revision));
    return {};
  });
  if (!done) co_return problem_of(done.error());
  co_return json_response(200, boost::json::object{{"items", std::move(items)}});
}

Task<Answer> get_revision(PanelContext& context, const Request&, const Match& match) {
  const auto number = number_from(match.name);
  if (!number)
    co_return Problem{404, "RevisionNotFound", "'" + match.name + "' is no revision", "a revision is a number", {}, {}};
  boost::json::object out;
  const auto done = read_store(context, [&](Database& database) -> Result<> {
    const auto revision = read_revision(database, *number);
    if (!revision) return revision.error();
    out = argos::to_json(*revision);
    return {};
  });
  if (!done) co_return refusal(done.error());
  co_return json_response(200, out);
}

}  // namespace argos::api
