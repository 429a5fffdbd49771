// SPDX-License-Identifier: Apache-2.0
#include "runtime/requests.hpp"

#include <boost/json.hpp>

namespace argos {
namespace {

std::string text_of(const Row& row, std::string_view column) { return std::string(row.at(column).as_string()); }

boost::json::object object_of(const Row& row, std::string_view column) {
  boost::system::error_code bad;
  auto value = boost::json::parse(row.at(column).as_string(), bad);
  return !bad && value.is_object() ? std::move(value.get_object()) : boost::json::object{};
}

RequestState state_of(const Row& row) {
  for (const auto& [state, text] : enum_table<RequestState>()) {
    if (row.at("state").as_string() == text) return state;
  }
  return RequestState::failed;
}

Kind kind_in(std::string_view word) {
  return word == names_of(Kind::backup).table ? Kind::backup : kind_from(word).value_or(Kind::controller);
}

// Somebody may have asked for a verb on what is no kind: whoever takes it finds nothing of that name.
VerbRequest request_of(const Row& row) {
  VerbRequest out;
  out.id = row.at("id").as_int64();
  out.verb = text_of(row, "verb");
  out.object = {kind_in(row.at("kind").as_string()), text_of(row, "name")};
  out.arguments = object_of(row, "arguments");
  out.state = state_of(row);
  out.progress = object_of(row, "progress");
  out.reason = text_of(row, "reason");
  out.message = text_of(row, "message");
  out.requested_at = text_of(row, "requested_at");
  out.requested_by = text_of(row, "requested_by");
  out.requested_from = text_of(row, "requested_from");
  out.finished_at = text_of(row, "finished_at");
  return out;
}

constexpr std::string_view kOpen = "state IN ('pending', 'running')";

}  // namespace

Result<std::int64_t> ask(Database& database, std::string_view verb, const Key& object, const boost::json::object& arguments) {
  const auto kind = names_of(object.kind).table;
  const auto open = database.number(
      "SELECT coalesce(max(id), 0) FROM requests WHERE verb = ? AND kind = ? AND name = ? AND " + std::string(kOpen),
      cells(verb, kind, object.name));
  if (!open || *open > 0) return open;
  return ask_anew(database, verb, object, arguments);
}

Result<std::int64_t> ask_anew(Database& database, std::string_view verb, const Key& object,
                              const boost::json::object& arguments) {
  const auto kind = names_of(object.kind).table;
  const auto asked = database.run("INSERT INTO requests (verb, kind, name, arguments) VALUES (?, ?, ?, ?)",
                                  cells(verb, kind, object.name, boost::json::serialize(arguments)));
  if (!asked) return asked.error();
  return database.number("SELECT max(id) FROM requests");
}

Result<std::optional<VerbRequest>> read_request(Database& database, std::int64_t id) {
  const auto rows = database.query("SELECT * FROM requests WHERE id = ?", cells(id));
  if (!rows) return rows.error();
  if (rows->empty()) return std::optional<VerbRequest>{};
  return std::optional(request_of(rows->front()));
}

Result<std::vector<VerbRequest>> open_requests(Database& database, std::string_view verb) {
  const auto rows =
      database.query("SELECT * FROM requests WHERE verb = ? AND " + std::string(kOpen) + " ORDER BY id", cells(verb));
  if (!rows) return rows.error();
  std::vector<VerbRequest> out;
  for (const auto& row : *rows) out.push_back(request_of(row));
  return out;
}

Result<> take(Database& database, std::int64_t id, const boost::json::object& progress) {
  return database.run("UPDATE requests SET state = 'running', progress = ? WHERE id = ? AND " + std::string(kOpen),
                      cells(boost::json::serialize(progress), id));
}

Result<> finish(Database& database, std::int64_t id, const RequestEnd& end, WallTime now) {
  auto ended = database.run(
      "UPDATE requests SET state = ?, reason = ?, message = ?, finished_at = ? WHERE id = ? AND " + std::string(kOpen),
      cells(end.done ? "done" : "failed", end.reason, end.message, to_rfc3339(now), id));
  if (!ended) return ended;
  return database.run(
      "DELETE FROM requests WHERE id IN (SELECT id FROM requests WHERE state IN ('done', 'failed')"
      " ORDER BY id DESC LIMIT -1 OFFSET ?)",
      cells(kRequestsKept));
}

boost::json::object to_json(const VerbRequest& request) {
  const auto time = [](const std::string& text) { return text.empty() ? boost::json::value() : boost::json::value(text); };
  return {{"id", request.id},
          {"verb", request.verb},
          {"object", to_string(request.object)},
          {"arguments", request.arguments},
          {"state", enum_text(request.state)},
          {"progress", request.progress},
          {"reason", request.reason},
          {"message", request.message},
          {"requestedAt", time(request.requested_at)},
          {"requestedBy", request.requested_by},
          {"requestedFrom", request.requested_from},
          {"finishedAt", time(request.finished_at)}};
}

}  // namespace argos
