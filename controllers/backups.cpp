// SPDX-License-Identifier: Apache-2.0
#include "controllers/backups.hpp"

#include <algorithm>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include "runtime/rows.hpp"

namespace argos {
namespace {

using namespace std::chrono_literals;

constexpr auto kFollowed = "backups/schedule", kMaking = "backups/making";  // in the table `remembered`
constexpr Span kLongestRest = 1min, kFreshRest = 3s;
constexpr auto kLeap = 1h;       // of the wall's clock beside the loop's
constexpr auto kDistrust = 24h;  // after one

Result<std::string> recall(Database& database, std::string_view key) {
  const auto rows = database.query("SELECT value FROM remembered WHERE key = ?", cells(key));
  if (!rows) return rows.error();
  return rows->empty() ? std::string() : std::string(rows->front().at("value").as_string());
}

}  // namespace

Backups::Backups(Store& store, Conditions& conditions, Reports& reports, const Clock& clock, const KeyRing& ring,
                 Options options)
    : store_(store), conditions_(conditions), reports_(reports), clock_(clock), ring_(ring), options_(std::move(options)) {}

Task<Result<Next>> Backups::reconcile(const Key&) {
  watch_clock();
  if (auto recorded = co_await record_made_before(); !recorded) co_return recorded.error();
  auto look = [places = options_.places, now = clock_.wall()] { return list_archives(places.folder, places.database, now); };
  const auto files = co_await quiet_.run(std::move(look));
  if (!files) co_return files.error();
  auto state = read_state();
  if (!state) co_return state.error();
  const auto found = survey(state->rows, *files, clock_.wall(), state->making);
  if (!found.gone.empty()) {
    if (auto dropped = co_await drop_gone(found.gone); !dropped) co_return dropped.error();
    co_return Next::in({});
  }
  const auto schedule = judge_schedule(policy_of(*state), state->followed, clock_.wall());
  if (schedule.follow) {
    if (auto followed = co_await follow(*schedule.follow); !followed) co_return followed.error();
    state->followed = *schedule.follow;
  }
  next_run_ = schedule.next;
  say(*state, schedule);
  const auto did = co_await do_next(*state, found, schedule);
  if (!did) co_return did.error();
  if (*did) co_return Next::in({});
  co_return next_look(std::ranges::any_of(*files, &FoundArchive::fresh));
}

Next Backups::next_look(bool fresh) const {
  Span rest = fresh ? kFreshRest : kLongestRest;
  if (next_run_) rest = std::min<Span>(rest, std::max<Span>(Span(0), *next_run_ - clock_.wall()) + 1ms);
  return Next::in(rest);
}

// A wall clock that leaps makes every archive old, or none. Nothing is deleted until it has gone well for a while.
void Backups::watch_clock() {
  const auto now = clock_.now();
  const auto wall = clock_.wall();
  if (last_now_ != Time{}) {
    const auto apart = std::chrono::duration_cast<Span>(wall - last_wall_) - (now - last_now_);
    if (apart > kLeap || apart < -kLeap) {
      clock_held_until_ = now + kDistrust;
      spdlog::warn("backups: the clock leapt by {} minutes: no archive is deleted for a day", apart / 1min);
    }
  }
  last_now_ = now;
  last_wall_ = wall;
}

Result<Backups::State> Backups::read_state() {
  State out;
  const auto read = store_.read([&](Database& database) -> Result<> {
    auto rows = read_backups(database);
    if (!rows) return rows.error();
    out.rows = std::move(*rows);
    auto policy = read_one<BackupPolicy>(database, std::string(BackupPolicy::kName));
    if (!policy) return policy.error();
    out.policy = std::move(*policy);
    for (auto [verb, into] : {std::pair{"backup", &out.backup}, {"verify", &out.verify}, {"prune", &out.prune}}) {
      auto open = open_requests(database, verb);
      if (!open) return open.error();
      *into = std::move(*open);
    }
    const auto followed = recall(database, kFollowed);
    if (!followed) return followed.error();
    out.followed = FollowedSchedule::read(*followed);
    auto making = recall(database, kMaking);
    if (!making) return making.error();
    out.making = std::move(*making);
    return {};
  });
  if (!read) return read.error();
  return out;
}

// One that makes no sense changes nothing.
BackupPolicy Backups::policy_of(const State& state) {
  policy_is_sound_ = !state.policy || state.policy->errors.empty();
  if (policy_is_sound_) last_good_ = state.policy ? state.policy->spec : BackupPolicy{};
  return last_good_;
}

// A restore swaps the database only when nobody has it open.
bool Backups::must_wait() const { return is_leaving() || conditions_.is_true({Kind::controller, "restore"}, "Restoring"); }

bool Backups::may_prune() const { return policy_is_sound_ && clock_.now() >= clock_held_until_ && retention_.held.empty(); }

// What yields to something comes after it.
Task<Result<bool>> Backups::do_next(const State& state, const ArchiveSurvey& found, const ScheduleVerdict& schedule) {
  const auto* const moved = least_put_off(found.moved);
  const auto sealed = std::ranges::find_if(state.rows, [&](const auto& row) { return are_to_be_tried(row, ring_); });
  Result<> done;
  if (must_wait()) {
    co_return false;
  } else if (!found.finished.empty()) {
    done = co_await take_in(state, found.finished.front(), YieldsTo::nobody);
  } else if (!state.backup.empty()) {
    done = co_await back_up(BackupKind::manual, &state.backup.front());
  } else if (schedule.due && !run_failed_) {
    done = co_await back_up(BackupKind::scheduled, nullptr);
  } else if (!state.verify.empty()) {
    done = co_await verify(state, state.verify.front());
  } else if (is_new(moved)) {
    done = co_await take_in(state, *moved, YieldsTo::backups);
  } else if (!state.prune.empty()) {
    done = co_await answer_prune(state, state.prune.front());
  } else if (may_prune() && std::ranges::any_of(retention_.verdicts, &RetentionVerdict::expired)) {
    done = co_await prune(state);
  } else if (schedule.due) {
    done = co_await back_up(BackupKind::scheduled, nullptr);
  } else if (sealed != state.rows.end()) {
    done = co_await try_to_open(*sealed);
  } else if (!found.stale.empty()) {
    done = co_await read_again(state, found.stale.front(), true);
  } else if (moved != nullptr) {
    done = co_await take_in(state, *moved, YieldsTo::all);
  } else {
    co_return false;
  }
  if (!done && done.error().reason == "Cancelled") co_return !must_wait();
  if (!done) co_return done.error();
  co_return true;
}

Task<Result<>> Backups::prune(const State& state) {
  for (const auto& verdict : retention_.verdicts) {
    if (!verdict.expired) continue;
    auto remove = [folder = options_.places.folder, name = verdict.name] { return delete_archive(folder, name); };
    auto deleted = co_await quiet_.run(std::move(remove));
    if (!deleted) co_return deleted;
    const auto row = std::ranges::find(state.rows, verdict.name, &BackupRow::filename);
    Job job = [&](Database& database) -> Result<> {
      if (auto noted = note_backup(database, std::string(name()), verdict.reason, "BackupExpired", *row); !noted) return noted;
      return remove_backup(database, verdict.name);
    };
    auto forgotten = co_await write(std::move(job));
    if (!forgotten) co_return forgotten;
    spdlog::info("backups: {} deleted: {}", verdict.name, verdict.reason);
  }
  co_return Result<>{};
}

Task<Result<>> Backups::answer_prune(const State& state, const VerbRequest& request) {
  const auto expired = std::ranges::count_if(retention_.verdicts, &RetentionVerdict::expired);
  RequestEnd end{true, "Pruned", fmt::format("{} deleted, {} kept", expired, std::ssize(retention_.verdicts) - expired)};
  if (!may_prune()) {
    const auto why = !retention_.held.empty() ? retention_.held
                     : policy_is_sound_       ? "the clock leapt less than a day ago"
                                              : "the policy makes no sense";
    end = {false, "RetentionHeld", why};
  } else if (auto pruned = co_await prune(state); !pruned) {
    end = {false, pruned.error().reason, pruned.error().text()};
  }
  Job job = [&](Database& database) { return finish(database, request.id, end, clock_.wall()); };
  co_return co_await write(std::move(job));
}

Task<Result<>> Backups::drop_gone(const std::vector<BackupRow>& gone) {
  Job job = [&](Database& database) -> Result<> {
    for (const auto& row : gone) {
      if (auto noted = note_backup(database, "outside", "", "BackupGone", row); !noted) return noted;
      if (auto removed = remove_backup(database, row.filename); !removed) return removed;
    }
    return {};
  };
  auto dropped = co_await write(std::move(job));
  if (!dropped) co_return dropped;
  for (const auto& row : gone) {
    spdlog::warn("backups: {} is gone from its folder", row.filename);
    conditions_.forget({Kind::backup, row.filename});
  }
  co_return dropped;
}

Task<Result<>> Backups::follow(const FollowedSchedule& schedule) {
  Job job = [text = schedule.to_json()](Database& database) {
    return database.run("REPLACE INTO remembered (key, value) VALUES (?, ?)", cells(kFollowed, text));
  };
  co_return co_await write(std::move(job));
}

Task<Result<>> Backups::begin(const VerbRequest* request, const std::string& created_at) {
  Job job = [&](Database& database) -> Result<> {
    if (request != nullptr) {
      if (auto taken = argos::take(database, request->id, {{"createdAt", created_at}}); !taken) return taken;
    }
    return database.run("REPLACE INTO remembered (key, value) VALUES (?, ?)", cells(kMaking, created_at));
  };
  co_return co_await write(std::move(job));
}

Task<Result<>> Backups::write(Job job, std::string by) {
  const auto deadline = std::chrono::steady_clock::now() + kLockPatience;
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  for (auto pause = 5ms;; pause = std::min(2 * pause, 80ms)) {
    auto done = store_.write(Actor{by, ""}, job);
    const bool busy = !done && done.error().reason == "DatabaseBusy";
    if (!busy || is_leaving() || std::chrono::steady_clock::now() > deadline) co_return done;
    timer.expires_after(pause);
    co_await timer.async_wait(boost::asio::use_awaitable);
  }
}

}  // namespace argos
