// SPDX-License-Identifier: Apache-2.0
#include "runtime/drift_report.hpp"

#include <spdlog/fmt/fmt.h>

#include "runtime/rows.hpp"
#include "runtime/suspensions.hpp"

namespace argos {
namespace {

boost::json::value shown_value(const boost::json::value& cell) {
  const auto& text = cell.as_string();
  if (text.empty()) return nullptr;
  boost::system::error_code shortened;
  auto value = boost::json::parse(text, shortened);
  return shortened ? cell : value;
}

std::string time_text(std::int64_t milliseconds) { return to_rfc3339(WallTime{std::chrono::milliseconds(milliseconds)}); }

boost::json::value object_of(const Row& row) {
  const auto kind = kind_from(row.at("kind").as_string());
  if (!kind || row.at("name").as_string().empty()) return nullptr;
  return boost::json::string(to_string(Key{*kind, std::string(row.at("name").as_string())}));
}

boost::json::object item_of(const Row& row) {
  return {{"id", row.at("id")},
          {"surface", row.at("surface")},
          {"path", row.at("path")},
          {"object", object_of(row)},
          {"wanted", shown_value(row.at("wanted"))},
          {"found", shown_value(row.at("found"))},
          {"action", row.at("action")},
          {"firstSeen", time_text(row.at("first_seen").as_int64())},
          {"lastSeen", time_text(row.at("last_seen").as_int64())},
          {"times", row.at("times")},
          {"open", row.at("open").as_int64() == 1}};
}

}  // namespace

Result<boost::json::object> drift_report(Database& database, std::size_t most) {
  const auto open = database.number("SELECT count(*) FROM findings WHERE open = 1");
  if (!open) return open.error();
  const auto rows = database.query("SELECT * FROM findings ORDER BY open DESC, last_seen DESC, id DESC LIMIT ?",
                                   cells(*open + static_cast<std::int64_t>(most)));
  if (!rows) return rows.error();
  const auto suspensions = read_suspensions(database);
  if (!suspensions) return suspensions.error();
  const auto settings = read_one<Settings>(database, std::string(Settings::kName));
  if (!settings) return settings.error();

  boost::json::array items, suspended;
  for (const auto& row : *rows) items.push_back(item_of(row));
  for (const auto& [key, one] : *suspensions) {
    suspended.push_back({{"object", to_string(key)},
                         {"kind", names_of(key.kind).manifest},
                         {"name", key.name},
                         {"since", to_rfc3339(one.since)},
                         {"until", one.until ? boost::json::value(to_rfc3339(*one.until)) : boost::json::value()},
                         {"by", one.actor},
                         {"note", one.note}});
  }
  return boost::json::object{{"open", *open},
                             {"items", std::move(items)},
                             {"suspended", std::move(suspended)},
                             {"policy", to_json_value(*settings ? (*settings)->spec.drift : Drift{})}};
}

}  // namespace argos
