// SPDX-License-Identifier: Apache-2.0
#include "controllers/integrity_rows.hpp"

#include <algorithm>

namespace argos {
namespace {

std::string text_of(const Row& row, std::string_view column) { return std::string(row.at(column).as_string()); }

FileState state_from(const Row& row) {
  FileState out;
  for (const auto& [kind, name] : enum_table<FileKind>()) {
    if (text_of(row, "kind") == name) out.kind = kind;
  }
  out.content = text_of(row, "content");
  if (const auto& mode = row.at("mode"); mode.is_int64()) out.mode = static_cast<unsigned>(mode.get_int64());
  return out;
}

// Rows of a path and of all below it; '0' comes after '/'.
constexpr std::string_view kWithin = "path = ?1 OR (path > ?2 || '/' AND path < ?2 || '0')";
Cells within(std::string_view path) { return cells(path, path == "/" ? "" : path); }

std::string_view file_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

Places Expectations::places() const {
  auto out = places_;
  if (!is_within(certs_, places_)) out.insert(certs_);
  return out;
}

bool Expectations::is_own_link(std::string_view path, const FileState& state) const {
  const auto dot = path.rfind('.');
  if (state.kind != FileKind::link || path.substr(0, path.rfind('/')) != certs_ || dot == std::string_view::npos) return false;
  const auto host = file_of(path.substr(0, dot));
  return own_.contains(certs_ + "/" + state.content) && state.content.starts_with(std::string(host) + ".") &&
         state.content.ends_with(path.substr(dot));
}

bool Expectations::is_own(std::string_view path, const FileState& state) const {
  return own_.contains(path) || is_own_link(path, state);
}

std::vector<FileDifference> Expectations::judge(const Places& scopes, FoundFiles found) const {
  ExpectedFiles expected;
  for (const auto& [path, state] : baseline_) {
    if (!is_own(path, state) && is_within(path, scopes)) expected[path] = {state, true};
  }
  for (const auto& [path, own] : own_) {
    if (!is_within(path, scopes)) continue;
    const auto known = baseline_.find(path);
    const bool same = known != baseline_.end() && known->second.content == own.sha256;
    expected[path] = {{FileKind::file, own.sha256, same ? known->second.mode : std::nullopt}, own.required};
  }
  std::erase_if(found.files, [&](const auto& item) { return is_own_link(item.first, item.second); });
  return file_differences(expected, found);
}

Result<Expectations> read_expectations(Database& database, const std::string& certs) {
  const auto places = database.query("SELECT path FROM integrity_places ORDER BY path");
  if (!places) return places.error();
  const auto files = database.query("SELECT path, kind, content, mode FROM integrity_baseline");
  if (!files) return files.error();
  const auto written = database.query("SELECT file, sha256, required FROM integrity_own_files");
  if (!written) return written.error();
  Places where;
  ByPath<FileState> baseline;
  ByPath<Expectations::Own> own;
  for (const auto& row : *places) where.insert(text_of(row, "path"));
  for (const auto& row : *files) baseline.emplace(text_of(row, "path"), state_from(row));
  for (const auto& row : *written)
    own.emplace(certs + "/" + text_of(row, "file"),
                Expectations::Own{text_of(row, "sha256"), row.at("required").as_int64() == 1});
  return Expectations(std::move(baseline), std::move(where), certs, std::move(own));
}

namespace {

Result<> record_place(Database& database, const std::string& path, WallTime now) {
  // A part of a place that is looked at already is that place's.
  const auto over = database.query("SELECT path FROM integrity_places");
  if (!over) return over.error();
  for (const auto& row : *over) {
    const auto place = text_of(row, "path");
    if (is_within(path, place))
      return database.run("UPDATE integrity_places SET since = ? WHERE path = ?", cells(to_milliseconds(now), place));
    if (is_within(place, path)) {
      if (auto done = database.run("DELETE FROM integrity_places WHERE path = ?", cells(place)); !done) return done;
    }
  }
  return database.run("INSERT INTO integrity_places (path, since) VALUES (?, ?)", cells(path, to_milliseconds(now)));
}

}  // namespace

Result<> record_baseline(Database& database, const Places& places, const ByPath<FileState>& files, WallTime now) {
  for (const auto& path : places) {
    if (auto done = record_place(database, path, now); !done) return done;
    auto gone = database.run("DELETE FROM integrity_baseline WHERE " + std::string(kWithin), within(path));
    if (!gone) return gone;
  }
  for (const auto& [path, state] : files) {
    auto values = cells(path, enum_text(state.kind), state.content);
    values.push_back(state.mode ? boost::json::value(*state.mode) : boost::json::value(nullptr));
    auto done = database.run("INSERT INTO integrity_baseline (path, kind, content, mode) VALUES (?, ?, ?, ?)", values);
    if (!done) return done;
  }
  return {};
}

Result<bool> forget_baseline(Database& database, const std::string& path) {
  int rows = 0;
  for (const auto* const table : {"integrity_places", "integrity_baseline"}) {
    auto done = database.run("DELETE FROM " + std::string(table) + " WHERE " + std::string(kWithin), cells(path));
    if (!done) return done.error();
    rows += database.changes();
  }
  return rows > 0;
}

Result<ByPath<ReadFile>> read_remembered(Database& database) {
  const auto rows = database.query("SELECT path, size, mtime_ns, ctime_ns, inode, sha256, read_at FROM integrity_read");
  if (!rows) return rows.error();
  ByPath<ReadFile> out;
  for (const auto& row : *rows) {
    const auto number = [&](std::string_view column) { return row.at(column).as_int64(); };
    out.emplace(text_of(row, "path"), ReadFile{{number("size"), number("mtime_ns"), number("ctime_ns"), number("inode")},
                                               text_of(row, "sha256"),
                                               from_milliseconds(number("read_at"))});
  }
  return out;
}

Result<> remember(Database& database, const ByPath<ReadFile>& files) {
  for (const auto& [path, file] : files) {
    if (!file.settled) continue;
    auto done = database.run(
        "REPLACE INTO integrity_read (path, size, mtime_ns, ctime_ns, inode, sha256, read_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        cells(path, file.stamp.size, file.stamp.mtime_ns, file.stamp.ctime_ns, file.stamp.inode, file.sha256,
              to_milliseconds(file.read_at)));
    if (!done) return done;
  }
  return {};
}

Result<> forget_read(Database& database, const std::vector<std::string>& paths) {
  for (const auto& path : paths) {
    if (auto done = database.run("DELETE FROM integrity_read WHERE path = ?", cells(path)); !done) return done;
  }
  return {};
}

}  // namespace argos
