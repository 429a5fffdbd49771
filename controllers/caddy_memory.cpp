// SPDX-License-Identifier: Apache-2.0
#include "controllers/caddy_memory.hpp"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

#include "model/deep_json.hpp"
#include "runtime/rows.hpp"

namespace argos {
namespace {

constexpr const char* kOwn = "caddy.last_written";
constexpr const char* kRan = "caddy.ran";
constexpr const char* kReported = "caddy.reported";
constexpr const char* kFilesRead = "caddy.files_read";

// What is written down of one object; none: it is gone.
using Difference = std::pair<Key, std::optional<std::string>>;

template <class Spec>
void differences_of(const std::vector<Object<Spec>>& before, const std::vector<Object<Spec>>& now,
                    std::vector<Difference>& out) {
  auto old = before.begin();
  for (const auto& object : now) {
    if (!object.errors.empty()) continue;  // nothing of it was in the document
    for (; old != before.end() && old->meta.name < object.meta.name; ++old) out.push_back({{Spec::kKind, old->meta.name}, {}});
    const bool known = old != before.end() && old->meta.name == object.meta.name;
    // Of a certificate counts what lies on disk, which comes after its row.
    const bool same_row = known && Spec::kKind != Kind::certificate && !old->kept && !object.kept &&
                          object.meta.generation != 0 && old->meta.generation == object.meta.generation;
    if (!same_row && (!known || old->spec != object.spec)) {
      out.push_back({{Spec::kKind, object.meta.name}, boost::json::serialize(to_json_value(object.spec))});
    }
    if (known) ++old;
  }
  for (; old != before.end(); ++old) out.push_back({{Spec::kKind, old->meta.name}, {}});
}

std::vector<Difference> differences_of(const Desired& before, const Desired& now) {
  std::vector<Difference> out;
  differences_of(before.hosts, now.hosts, out);
  differences_of(before.target_groups, now.target_groups, out);
  differences_of(before.certificates, now.certificates, out);
  if (before.settings.spec != now.settings.spec) {
    out.push_back({{Kind::settings, std::string(Settings::kName)}, boost::json::serialize(to_json_value(now.settings.spec))});
  }
  return out;
}

Desired sound(Desired forms) {
  std::erase_if(forms.hosts, [](const auto& object) { return !object.errors.empty(); });
  std::erase_if(forms.target_groups, [](const auto& object) { return !object.errors.empty(); });
  std::erase_if(forms.certificates, [](const auto& object) { return !object.errors.empty(); });
  if (!forms.settings.errors.empty()) forms.settings = {};
  return forms;
}

template <class Spec>
Result<> read_forms(Database& database, std::vector<Object<Spec>>& out) {
  const auto rows =
      database.query("SELECT name, spec FROM accepted WHERE kind = ? ORDER BY name", cells(names_of(Spec::kKind).table));
  if (!rows) return rows.error();
  for (const auto& row : *rows) {
    Object<Spec> object;
    object.meta.name = row.at("name").as_string();
    const auto spec = parse_deep(row.at("spec").as_string());
    FieldErrors errors;
    if (spec) from_json_value(*spec, "spec", object.spec, errors);
    if (spec && errors.empty()) out.push_back(std::move(object));
  }
  return {};
}

Result<Desired> read_accepted(Database& database) {
  Desired out;
  if (auto read = read_forms(database, out.hosts); !read) return read.error();
  if (auto read = read_forms(database, out.target_groups); !read) return read.error();
  if (auto read = read_forms(database, out.certificates); !read) return read.error();
  std::vector<Object<Settings>> settings;
  if (auto read = read_forms(database, settings); !read) return read.error();
  if (!settings.empty()) out.settings = std::move(settings.front());
  return out;
}

Result<CaddyMemory::Refusals> read_refused(Database& database) {
  const auto rows = database.query("SELECT kind, name, piece, message FROM refused");
  if (!rows) return rows.error();
  CaddyMemory::Refusals out;
  for (const auto& row : *rows) {
    const auto kind = kind_from(row.at("kind").as_string());
    if (!kind) continue;
    out[{*kind, std::string(row.at("name").as_string())}] = {std::string(row.at("piece").as_string()),
                                                             std::string(row.at("message").as_string())};
  }
  return out;
}

Result<std::vector<std::string>> read_own(Database& database) {
  const auto rows = database.query("SELECT value FROM remembered WHERE key = ?", cells(kOwn));
  if (!rows) return rows.error();
  std::vector<std::string> out;
  boost::system::error_code bad;
  const auto json = rows->empty() ? boost::json::value() : boost::json::parse(rows->front().at("value").as_string(), bad);
  if (bad || !json.is_array()) return out;
  for (const auto& hash : json.get_array()) {
    if (hash.is_string()) out.emplace_back(hash.get_string());
  }
  return out;
}

Result<std::string> recalled(Database& database, const char* key) {
  const auto rows = database.query("SELECT value FROM remembered WHERE key = ?", cells(key));
  if (!rows) return rows.error();
  return rows->empty() ? std::string() : std::string(rows->front().at("value").as_string());
}

Result<std::int64_t> read_files_read(Database& database) {
  return database.number("SELECT coalesce((SELECT CAST(value AS INTEGER) FROM remembered WHERE key = ?), 0)",
                         cells(kFilesRead));
}

Result<> remember(Database& database, const char* key, const std::string& value) {
  return database.run("REPLACE INTO remembered (key, value) VALUES (?, ?)", cells(key, value));
}

Result<> write_own(Database& database, const std::vector<std::string>& own) {
  const boost::json::array hashes(own.begin(), own.end());
  return remember(database, kOwn, boost::json::serialize(hashes));
}

// One statement for all of them: a thousand would each be prepared.
std::string rows_of(const std::vector<Difference>& differences) {
  boost::json::array rows;
  rows.reserve(differences.size());
  for (const auto& [key, spec] : differences) {
    rows.push_back(
        boost::json::array{names_of(key.kind).table, key.name, spec ? boost::json::value(*spec) : boost::json::value()});
  }
  return boost::json::serialize(rows);
}
constexpr const char* kRows =
    "WITH moved AS (SELECT json_extract(value, '$[0]') AS kind, json_extract(value, '$[1]') AS name, json_extract(value, "
    "'$[2]') AS spec"
    " FROM json_each(?)) ";

Result<> write_tried(Database& database, const std::vector<Difference>& tried) {
  if (auto emptied = database.run("DELETE FROM tried"); !emptied || tried.empty()) return emptied;
  return database.run(std::string(kRows) + "INSERT INTO tried SELECT kind, name, spec FROM moved", cells(rows_of(tried)));
}

Result<> write_accepted(Database& database, const std::vector<Difference>& moved) {
  const auto rows = rows_of(moved);
  auto gone = database.run(
      std::string(kRows) + "DELETE FROM accepted WHERE (kind, name) IN (SELECT kind, name FROM moved WHERE spec IS NULL)",
      cells(rows));
  if (!gone) return gone;
  return database.run(std::string(kRows) + "REPLACE INTO accepted SELECT kind, name, spec FROM moved WHERE spec IS NOT NULL",
                      cells(rows));
}

Result<> write_refused(Database& database, const CaddyMemory::Refusals& refused) {
  if (auto emptied = database.run("DELETE FROM refused"); !emptied) return emptied;
  for (const auto& [key, refusal] : refused) {
    auto done = database.run("INSERT INTO refused (kind, name, piece, message) VALUES (?, ?, ?, ?)",
                             cells(names_of(key.kind).table, key.name, refusal.piece, refusal.words));
    if (!done) return done;
  }
  return {};
}

// What was tried is what is accepted.
Result<> accept_tried(Database& database) {
  return database.script(
      "DELETE FROM accepted WHERE (kind, name) IN (SELECT kind, name FROM tried WHERE spec IS NULL);"
      "INSERT OR REPLACE INTO accepted SELECT kind, name, spec FROM tried WHERE spec IS NOT NULL;"
      "DELETE FROM tried");
}

}  // namespace

bool CaddyMemory::is_own(const std::string& hash) const { return std::ranges::find(now_.own, hash) != now_.own.end(); }

bool CaddyMemory::left(const std::string& hash) const {
  return hash == now_.ran || (now_.tried && !now_.own.empty() && hash == now_.own.back());
}

Result<> CaddyMemory::recall(const std::string& epoch, const std::string& running) {
  if (epoch == epoch_) return {};
  State state;
  const auto read = store_.write([&](Database& database) -> Result<> {
    auto found = CaddyMemory::read(database, running);
    if (!found) return found.error();
    state = std::move(*found);
    return {};
  });
  if (!read) return read;
  now_ = noted_ = std::move(state);
  // An argos before this one noted only what it wrote.
  const auto& own = now_.own;
  if (!own.empty() && (now_.ran.empty() || own.back() == running)) now_.ran = own.back();
  runs_.reset();
  if (!running.empty()) epoch_ = epoch;  // else once more when Caddy is seen
  return {};
}

Result<CaddyMemory::State> CaddyMemory::read(Database& database, const std::string& running) {
  State out;
  auto own = read_own(database);
  if (!own) return own.error();
  out.own = std::move(*own);
  for (const auto& [key, value] : {std::pair(kRan, &out.ran), std::pair(kReported, &out.reported)}) {
    auto text = recalled(database, key);
    if (!text) return text.error();
    *value = std::move(*text);
  }
  if (!out.own.empty() && out.own.back() == running) {
    if (auto done = accept_tried(database); !done) return done.error();
  }
  auto accepted = read_accepted(database);
  if (!accepted) return accepted.error();
  out.accepted = std::make_shared<Desired>(std::move(*accepted));
  auto refused = read_refused(database);
  if (!refused) return refused.error();
  out.refused = std::move(*refused);
  const auto files_read = read_files_read(database);
  if (!files_read) return files_read.error();
  out.files_read = *files_read;
  return out;
}

void CaddyMemory::about_to_write(const std::string& hash, const std::string& running, const Forms& forms) {
  std::erase_if(now_.own, [&](const std::string& known) { return known != running; });
  now_.own.push_back(hash);
  now_.tried = forms;
}

void CaddyMemory::runs(const std::string& hash, const Forms& forms) {
  now_.ran = hash;
  now_.reported.clear();
  if (runs_ == forms && is_own(hash)) return;
  if (!is_own(hash)) now_.own.push_back(hash);  // whoever wrote it
  runs_ = forms;
  now_.tried.reset();
  if (!differences_of(*now_.accepted, *forms).empty()) now_.accepted = std::make_shared<Desired>(sound(*forms));
  write_down();
}

void CaddyMemory::has_read(std::int64_t files_written) { now_.files_read = files_written; }

void CaddyMemory::set_refused(Refusals refused) {
  now_.refused = std::move(refused);
  write_down();
}

bool CaddyMemory::write_down() {
  if (now_ == noted_) return true;
  const auto written = store_.write([this](Database& database) { return write(database); });
  if (written) noted_ = now_;
  if (!written && !complained_) spdlog::warn("caddy: cannot write down what Caddy accepted, yet: {}", written.error().text());
  complained_ = !written;
  return written.has_value();
}

Result<> CaddyMemory::write(Database& database) const {
  if (now_.accepted != noted_.accepted) {
    if (auto done = write_accepted(database, differences_of(*noted_.accepted, *now_.accepted)); !done) return done;
  }
  if (now_.tried != noted_.tried || now_.accepted != noted_.accepted) {
    const auto tried = now_.tried ? differences_of(*now_.accepted, *now_.tried) : std::vector<Difference>{};
    if (auto done = write_tried(database, tried); !done) return done;
  }
  if (now_.own != noted_.own) {
    if (auto done = write_own(database, now_.own); !done) return done;
  }
  if (now_.ran != noted_.ran) {
    if (auto done = remember(database, kRan, now_.ran); !done) return done;
  }
  if (now_.reported != noted_.reported) {
    if (auto done = remember(database, kReported, now_.reported); !done) return done;
  }
  if (now_.files_read != noted_.files_read) {
    if (auto done = remember(database, kFilesRead, std::to_string(now_.files_read)); !done) return done;
  }
  return now_.refused == noted_.refused ? Result<>{} : write_refused(database, now_.refused);
}

}  // namespace argos
