// SPDX-License-Identifier: Apache-2.0
#include "controllers/caddy_memory.hpp"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

#include "runtime/rows.hpp"

namespace argos {
namespace {

constexpr const char* kOwn = "caddy.last_written";

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
    if (!known || old->spec != object.spec) {
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
  if (before.settings.spec != now.settings.spec) {
    out.push_back({{Kind::settings, std::string(Settings::kName)}, boost::json::serialize(to_json_value(now.settings.spec))});
  }
  return out;
}

Desired sound(Desired forms) {
  std::erase_if(forms.hosts, [](const auto& object) { return !object.errors.empty(); });
  std::erase_if(forms.target_groups, [](const auto& object) { return !object.errors.empty(); });
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
    boost::system::error_code bad;
    boost::json::parse_options deep;
    deep.max_depth = 512;
    const auto spec = boost::json::parse(row.at("spec").as_string(), bad, {}, deep);
    FieldErrors errors;
    if (!bad) from_json_value(spec, "spec", object.spec, errors);
    if (!bad && errors.empty()) out.push_back(std::move(object));
  }
  return {};
}

Result<Desired> read_accepted(Database& database) {
  Desired out;
  if (auto read = read_forms(database, out.hosts); !read) return read.error();
  if (auto read = read_forms(database, out.target_groups); !read) return read.error();
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

Result<> write_own(Database& database, const std::vector<std::string>& own) {
  const boost::json::array hashes(own.begin(), own.end());
  return database.run("REPLACE INTO remembered (key, value) VALUES (?, ?)", cells(kOwn, boost::json::serialize(hashes)));
}

Result<> write_tried(Database& database, const std::vector<Difference>& tried) {
  if (auto emptied = database.run("DELETE FROM tried"); !emptied) return emptied;
  for (const auto& [key, spec] : tried) {
    auto parameters = cells(names_of(key.kind).table, key.name);
    parameters.push_back(spec ? boost::json::value(*spec) : boost::json::value());
    if (auto done = database.run("INSERT INTO tried (kind, name, spec) VALUES (?, ?, ?)", parameters); !done) return done;
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

bool CaddyMemory::is_own(const std::string& hash) const { return std::ranges::find(own_, hash) != own_.end(); }

Result<> CaddyMemory::recall(const std::string& epoch, const std::string& running) {
  if (epoch == epoch_) return {};
  const auto read = store_.write([&](Database& database) { return this->read(database, running); });
  if (read) epoch_ = epoch;
  return read;
}

Result<> CaddyMemory::read(Database& database, const std::string& running) {
  auto own = read_own(database);
  if (!own) return own.error();
  const bool was_accepted = !own->empty() && own->back() == running;
  const auto waiting = database.number("SELECT count(*) FROM tried");
  if (!waiting) return waiting.error();
  if (was_accepted && *waiting > 0) {
    if (auto done = accept_tried(database); !done) return done;
  }
  auto accepted = read_accepted(database);
  if (!accepted) return accepted.error();
  auto refused = read_refused(database);
  if (!refused) return refused.error();
  own_ = std::move(*own);
  accepted_ = std::make_shared<Desired>(std::move(*accepted));
  refused_ = std::move(*refused);
  tried_is_noted_ = false;
  return {};
}

void CaddyMemory::about_to_write(const std::string& hash, const std::string& running, const Desired& forms) {
  std::erase_if(own_, [&](const std::string& known) { return known != running; });
  own_.push_back(hash);
  const auto tried = differences_of(*accepted_, forms);
  const auto written = store_.write([&](Database& database) -> Result<> {
    if (auto done = write_tried(database, tried); !done) return done;
    return write_own(database, own_);
  });
  tried_is_noted_ = written.has_value();
  note("what is about to be written", written);
}

void CaddyMemory::runs(const std::string& hash, const Desired& forms) {
  const bool known = is_own(hash);
  const auto moved = differences_of(*accepted_, forms);
  if (known && moved.empty()) return;
  const bool as_tried = tried_is_noted_ && !own_.empty() && own_.back() == hash;
  if (!known) own_.push_back(hash);  // whoever wrote it
  const auto written = store_.write([&](Database& database) -> Result<> {
    if (!as_tried) {
      if (auto done = write_tried(database, moved); !done) return done;
    }
    if (auto done = accept_tried(database); !done) return done;
    return write_own(database, own_);
  });
  tried_is_noted_ = false;
  note("what Caddy accepted", written);
  accepted_ = std::make_shared<Desired>(sound(forms));
}

void CaddyMemory::set_refused(Refusals refused) {
  if (refused == refused_) return;
  refused_ = std::move(refused);
  note("what Caddy refused", store_.write([&](Database& database) -> Result<> {
    if (auto emptied = database.run("DELETE FROM refused"); !emptied) return emptied;
    for (const auto& [key, refusal] : refused_) {
      auto done = database.run("INSERT INTO refused (kind, name, piece, message) VALUES (?, ?, ?, ?)",
                               cells(names_of(key.kind).table, key.name, refusal.piece, refusal.words));
      if (!done) return done;
    }
    return {};
  }));
}

void CaddyMemory::note(const char* what, const Result<>& written) const {
  if (!written) spdlog::warn("caddy: cannot remember {}: {}", what, written.error().text());
}

}  // namespace argos
