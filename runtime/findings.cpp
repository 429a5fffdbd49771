// SPDX-License-Identifier: Apache-2.0
#include "runtime/findings.hpp"

#include <algorithm>
#include <set>

#include <spdlog/spdlog.h>

namespace argos {
namespace {

constexpr auto kLastSeenEvery = std::chrono::minutes(1);
constexpr std::size_t kMostLogged = 3;  // findings of one pass

std::string text_of(const Row& row, std::string_view column) { return std::string(row.at(column).as_string()); }

bool is_open(const Finding& finding) { return finding.action != FindingAction::healed; }

Cells object_cells(const Finding& finding) {
  if (!finding.object) return cells("", "");
  return cells(names_of(finding.object->kind).table, finding.object->name);
}

// Another time, where it had been put right or is another difference.
Result<> count(Database& database, const std::string& surface, const Finding& finding) {
  return database.run(
      "INSERT INTO remembered (key, value) VALUES (?, '1') "
      "ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + 1",
      cells(fmt::format("{}{}/{}", kFindingsTotal, surface, enum_text(*finding.action))));
}

Result<> write_again(Database& database, const Row& held, const Finding& finding, bool another, std::int64_t now) {
  Cells values = object_cells(finding);
  for (auto& value : cells(finding.wanted, finding.found, enum_text(*finding.action), now, another ? 1 : 0,
                           is_open(finding) ? 1 : 0, held.at("id"))) {
    values.push_back(std::move(value));
  }
  return database.run(
      "UPDATE findings SET kind = ?, name = ?, wanted = ?, found = ?, action = ?, last_seen = ?, times = times + ?, open = ? "
      "WHERE id = ?",
      values);
}

Result<> write_first(Database& database, const std::string& surface, const Finding& finding, std::int64_t now) {
  Cells values = object_cells(finding);
  for (auto& value : cells(surface, finding.path, finding.wanted, finding.found, enum_text(*finding.action), now, now,
                           is_open(finding) ? 1 : 0)) {
    values.push_back(std::move(value));
  }
  return database.run(
      "INSERT INTO findings (kind, name, surface, path, wanted, found, action, first_seen, last_seen, open) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      values);
}

Result<> write_one(Database& database, const std::string& surface, const Finding& finding, std::int64_t now) {
  const auto rows = database.query("SELECT id, wanted, found, open FROM findings WHERE surface = ? AND path = ?",
                                   cells(surface, finding.path));
  if (!rows) return rows.error();
  const auto still_the_same = [&](const Row& held) {
    return held.at("open").as_int64() == 1 && text_of(held, "wanted") == finding.wanted &&
           text_of(held, "found") == finding.found;
  };
  const bool another = rows->empty() || !still_the_same(rows->front());
  auto written = rows->empty() ? write_first(database, surface, finding, now)
                               : write_again(database, rows->front(), finding, another, now);
  if (!written || !another) return written;
  return count(database, surface, finding);
}

Result<> close_others(Database& database, const std::string& surface, const std::vector<Finding>& now) {
  std::set<std::string, std::less<>> paths;
  for (const auto& finding : now) paths.insert(finding.path);
  const auto open = database.query("SELECT id, path FROM findings WHERE surface = ? AND open = 1", cells(surface));
  if (!open) return open.error();
  for (const auto& row : *open) {
    if (paths.contains(text_of(row, "path"))) continue;
    if (auto closed = database.run("UPDATE findings SET open = 0 WHERE id = ?", cells(row.at("id"))); !closed) return closed;
  }
  return {};
}

void log(const std::string& surface, std::vector<Finding> now, const std::optional<std::vector<Finding>>& known) {
  if (known) std::erase_if(now, [&](const Finding& finding) { return std::ranges::find(*known, finding) != known->end(); });
  for (std::size_t at = 0; at < std::min(now.size(), kMostLogged); ++at) {
    spdlog::warn("drift: {}: {}: wanted {}, found {}: {}", surface, now[at].path.empty() ? "/" : now[at].path,
                 now[at].wanted.empty() ? "nothing" : now[at].wanted, now[at].found.empty() ? "nothing" : now[at].found,
                 enum_text(*now[at].action));
  }
  if (now.size() > kMostLogged) spdlog::warn("drift: {}: and {} more: see argos drift", surface, now.size() - kMostLogged);
}

std::vector<Finding> only_open(const std::vector<Finding>& now) {
  std::vector<Finding> out;
  std::ranges::copy_if(now, std::back_inserter(out), is_open);
  return out;
}

}  // namespace

Finding finding_at(const Difference& difference, std::optional<Key> object, const std::string& within) {
  return {within + difference.path, std::move(object), masked(difference.path, difference.wanted),
          masked(difference.path, difference.found)};
}

void Findings::note(const std::vector<Finding>& now, FindingAction action) {
  std::vector<Finding> all = std::exchange(owed_, {});
  for (const auto& finding : now) {
    std::erase_if(all, [&](const Finding& owed) { return owed.path == finding.path; });
    all.push_back(finding);
    if (!finding.action) all.back().action = action;
  }
  const auto open = only_open(all);
  const bool nothing_new = open.size() == all.size() && open_ == open;
  if (nothing_new && (open.empty() || clock_.now() - written_ < kLastSeenEvery)) return;
  if (all.empty() && !open_ && none_on_record()) return;
  log(surface_, all, open_);
  write(all);
}

bool Findings::none_on_record() {
  std::int64_t count = 1;
  const auto read = store_.read([&](Database& database) -> Result<> {
    const auto found = database.number("SELECT count(*) FROM findings WHERE surface = ? AND open = 1", cells(surface_));
    if (!found) return found.error();
    count = *found;
    return {};
  });
  if (!read || count > 0) return false;
  open_.emplace();
  return true;
}

void Findings::none() { note({}, FindingAction::healed); }

void Findings::write(const std::vector<Finding>& now) {
  const auto at = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.wall().time_since_epoch()).count();
  const auto written = store_.write([&](Database& database) -> Result<> {
    for (const auto& finding : now) {
      if (auto done = write_one(database, surface_, finding, at); !done) return done;
    }
    return close_others(database, surface_, now);
  });
  written_ = clock_.now();
  if (written) {
    open_ = only_open(now);
    return;
  }
  open_.reset();
  std::ranges::copy_if(now, std::back_inserter(owed_), [](const Finding& finding) { return !is_open(finding); });
  spdlog::warn("drift: {}: findings could not be written: {}", surface_, written.error().text());
}

}  // namespace argos
