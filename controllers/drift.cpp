// SPDX-License-Identifier: Apache-2.0
#include "controllers/drift.hpp"

#include <algorithm>

#include <spdlog/spdlog.h>

#include "controllers/manifests_decide.hpp"
#include "model/text.hpp"
#include "runtime/drift_report.hpp"
#include "runtime/rows.hpp"

namespace argos {
namespace {

std::string reminder(const Key& key, const Suspension& suspension) {
  constexpr std::size_t kLongest = 500;
  const auto until = suspension.until ? " until " + to_rfc3339(*suspension.until) : std::string();
  return fmt::format("by {} since {}{}{}{}; argos resume {} gives it back{}", shown(suspension.actor),
                     to_rfc3339(suspension.since), until, suspension.note.empty() ? "" : ": ", shown(suspension.note, kLongest),
                     to_string(key), suspension.until ? " before that" : "");
}

}  // namespace

Task<Result<Next>> DriftKeeper::reconcile(const Key&) {
  auto world = look();
  if (!world) co_return world.error();
  if (auto released = release(world->gone, "it is not there (any more)"); !released) co_return released.error();
  if (auto released = release(world->over, "its time is over"); !released) co_return released.error();
  say(world->suspended);
  reports_.publish("drift", std::move(world->report));
  const auto more = delete_old(*world);
  if (!more) co_return more.error();
  if (*more) co_return Next::in(std::chrono::seconds(1));
  co_return Next{world->next_over};
}

Result<DriftKeeper::World> DriftKeeper::look() {
  World world;
  const auto read = store_.read([&](Database& database) { return look_at(database, world); });
  if (!read) return read.error();
  return world;
}

Result<> DriftKeeper::look_at(Database& database, World& world) const {
  const auto suspensions = read_suspensions(database);
  if (!suspensions) return suspensions.error();
  for (const auto& [key, suspension] : *suspensions) {
    if (suspension.over(clock_.wall())) {
      world.over.push_back(key);
      continue;
    }
    if (suspension.until) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*suspension.until - clock_.wall());
      world.next_over = std::min<Span>(world.next_over.value_or(left), left);
    }
    Held held{suspension};
    const auto there = is_there(database, key, held);
    if (!there) return there.error();
    if (*there) {
      world.suspended[key] = std::move(held);
    } else {
      world.gone.push_back(key);
    }
  }
  const auto before = to_milliseconds(clock_.wall() - kFindingsKept);
  const auto old = database.number("SELECT count(*) FROM findings WHERE open = 0 AND last_seen < ?", cells(before));
  if (!old) return old.error();
  const auto all = database.number("SELECT count(*) FROM findings");
  if (!all) return all.error();
  world.closed_old = *old;
  world.findings = *all;
  auto report = drift_report(database);
  if (!report) return report.error();
  world.report = std::move(*report);
  return {};
}

// An object that somebody deleted while its manifest is suspended is there: its manifest still declares it.
Result<bool> DriftKeeper::is_there(Database& database, const Key& key, Held& held) const {
  if (key.kind == Kind::controller) {
    return may_be_suspended(key) && conditions_.find(key, "Ready") != nullptr;
  }
  const auto rows =
      database.query(fmt::format("SELECT generation FROM {} WHERE name = ?", names_of(key.kind).table), cells(key.name));
  if (!rows) return rows.error();
  held.has_row = !rows->empty();
  if (held.has_row) {
    held.generation = static_cast<std::uint64_t>(rows->front().at("generation").as_int64());
    return true;
  }
  const auto declared = database.number("SELECT count(*) FROM remembered WHERE key = ?", cells(written_key(key)));
  if (!declared) return declared.error();
  return *declared > 0;
}

Result<> DriftKeeper::release(const std::vector<Key>& some, std::string_view why) {
  if (some.empty()) return {};
  const auto released = store_.write(Actor{"drift", ""}, [&](Database& database) -> Result<> {
    for (const auto& key : some) {
      if (auto done = resume(database, key); !done) return done.error();
    }
    return {};
  });
  if (!released) return released;
  for (const auto& key : some) spdlog::info("drift: {}: {}: it is suspended no longer", to_string(key), why);
  return {};
}

void DriftKeeper::say(const std::map<Key, Held>& suspended) {
  for (const auto& key : said_) {
    if (suspended.contains(key)) continue;
    conditions_.drop(key, "Suspended");
    reminded_.erase(key);
  }
  said_.clear();
  for (const auto& [key, held] : suspended) {
    const auto text = reminder(key, held.suspension);
    if (key.kind == Kind::controller || held.has_row) {
      conditions_.set(key, {"Suspended", Status::yes, "Suspended", text, held.generation, {}});
    }
    said_.insert(key);
    const auto last = reminded_.find(key);
    if (last != reminded_.end() && clock_.now() - last->second < kReminderEvery) continue;
    reminded_[key] = clock_.now();
    spdlog::warn("drift: {} is suspended {}", to_string(key), text);
  }
}

// True when there is more to delete.
Result<bool> DriftKeeper::delete_old(const World& world) {
  const auto beyond = std::max<std::int64_t>(world.findings - world.closed_old - kMostFindings, 0);
  if (world.closed_old == 0 && beyond == 0) return false;
  const auto batch = std::min(world.closed_old + beyond, kDeletedAtOnce);
  int deleted = 0;
  const auto written = store_.write([&](Database& database) -> Result<> {
    auto done =
        database.run("DELETE FROM findings WHERE id IN (SELECT id FROM findings WHERE open = 0 ORDER BY last_seen, id LIMIT ?)",
                     cells(batch));
    deleted = database.changes();
    return done;
  });
  if (!written) return written.error();
  return deleted == batch && world.closed_old + beyond > batch;
}

}  // namespace argos
