// SPDX-License-Identifier: Apache-2.0
#include "controllers/restore.hpp"

#include <algorithm>
#include <filesystem>

#include <boost/json.hpp>
#include <spdlog/spdlog.h>

#include "controllers/restore_plan.hpp"
#include "runtime/random.hpp"
#include "runtime/tell_while.hpp"

namespace argos {
namespace {

constexpr std::size_t kIdBytes = 8;
constexpr std::chrono::milliseconds kTellEvery{200};
constexpr Span kFirstPause = std::chrono::milliseconds(200), kLongestPause = std::chrono::seconds(2);
constexpr const char* kType = "LastRestore";
constexpr const char* kRestoring = "Restoring";
constexpr const char* kWanted = "restore/wanted";  // in the table `remembered`: the id of a wish that is on record

bool may_pass(const Error& error) { return error.reason == "DatabaseInUse" || error.reason == "DatabaseBusy"; }

// Its staging folder goes after the swap, and before the marker.
bool was_begun(const RestorePlaces& places) {
  std::error_code unknown;
  return std::filesystem::exists(places.staging(), unknown);
}

}  // namespace

Restore::Restore(Store& store, Conditions& conditions, Reports& reports, const Clock& clock, const KeyRing& ring,
                 Options options)
    : store_(store), conditions_(conditions), reports_(reports), clock_(clock), ring_(ring), options_(std::move(options)) {
  remove_plan_leftovers(options_.places);
  publish(nullptr, nullptr);
}

Task<Result<Next>> Restore::reconcile(const Key&) {
  if (auto opened = open_again(); !opened) co_return opened.error();
  auto wanted = read_marker(options_.places);
  if (!wanted && wanted.error().reason != "MarkerInvalid") co_return wanted.error();
  if (!wanted) co_return refuse(wanted.error(), {});
  if (!*wanted) co_return rest();
  auto marker = named(std::move(**wanted));
  if (!marker) co_return marker.error();
  const auto done = is_restored(options_.places, *marker);
  if (!done) co_return done.error();
  if (*done) co_return finish(*marker, was_begun(options_.places));
  RestoreMarker known = *marker;
  co_return co_await go_on(std::move(known));
}

// Nothing is wanted. What was prepared for a wish that was taken back goes.
Result<Next> Restore::rest() {
  staged_.reset();
  std::error_code failed;
  std::filesystem::remove_all(options_.places.staging(), failed);
  if (const auto refusal = read_refusal(options_.places))
    say(Status::no, refusal->reason, refusal->message + "; " + refusal->hint);
  publish(nullptr, nullptr);
  return Next::on_change();
}

// One that was written by hand gets an id, before anything else: by that it is known when it is done.
Result<RestoreMarker> Restore::named(RestoreMarker marker) {
  if (!marker.id.empty()) return marker;
  marker.id = random_hex(kIdBytes);
  if (marker.requested_at.empty()) marker.requested_at = to_rfc3339(clock_.wall());
  if (marker.requested_by.empty()) marker.requested_by = "a marker";
  if (auto written = write_marker(options_.places, marker); !written) return written.error();
  return marker;
}

Task<Result<Next>> Restore::go_on(RestoreMarker marker) {
  if (!staged_ || !(staged_for_ == marker)) co_return co_await stage_it(std::move(marker));
  if (in_use_ && clock_.now() < next_try_) co_return *in_use_;
  Job ahead = [places = options_.places, marker, staged = *staged_](JobProgress& progress) mutable -> Result<Staged> {
    if (auto prepared = prepare_swap(places, marker, staged, progress); !prepared) return prepared.error();
    return staged;
  };
  auto prepared = co_await prepare(marker, std::move(ahead));
  if (!prepared && (prepared.error().reason == "Cancelled" || may_pass(prepared.error()))) co_return prepared.error();
  if (!prepared) co_return refuse(prepared.error(), marker);
  staged_ = std::move(*prepared);
  const auto wanted = read_marker(options_.places);
  if (!wanted || !*wanted || !(**wanted == marker)) co_return Next::in({});  // it was taken back meanwhile
  const auto swapped = swap(marker);
  if (!swapped && may_pass(swapped.error())) co_return wait_for_others(swapped.error());
  staged_.reset();
  if (!swapped) co_return refuse(swapped.error(), marker);
  co_return finish(marker, true);
}

// To look costs: the store is closed for it, and everybody looks at everything when it is open again.
Error Restore::wait_for_others(const Error& error) {
  pause_ = in_use_ ? std::min(2 * pause_, kLongestPause) : kFirstPause;
  next_try_ = clock_.now() + pause_;
  in_use_ = error;
  return error;
}

Task<Result<Next>> Restore::stage_it(RestoreMarker marker) {
  spdlog::info("restore: {} is wanted by {}", marker.archive, marker.requested_by);
  record_wish(marker);
  Job job = [wish = StageWish{options_.places, marker, options_.places.staged(), true}, &ring = ring_](JobProgress& progress) {
    return stage(wish, ring, progress);
  };
  auto staged = co_await prepare(marker, std::move(job));
  if (!staged && staged.error().reason == "Cancelled") co_return staged.error();
  if (!staged) co_return refuse(staged.error(), marker);
  staged_ = std::move(*staged);
  staged_for_ = marker;
  in_use_.reset();
  co_return Next::in({});  // it may have been taken back meanwhile
}

// Once, however often argos is killed in it. Where there is no database yet the one that comes will say who wanted it.
void Restore::record_wish(const RestoreMarker& marker) {
  if (store_.not_ready()) return;
  const auto recorded = store_.write([&](Database& database) -> Result<> {
    const auto known =
        database.number("SELECT count(*) FROM remembered WHERE key = ? AND value = ?", cells(kWanted, marker.id));
    if (!known || *known > 0) return known ? Result<>() : known.error();
    if (auto done = database.run("REPLACE INTO remembered (key, value) VALUES (?, ?)", cells(kWanted, marker.id)); !done)
      return done;
    return database.run(
        "INSERT INTO audit_log (actor, origin, action, kind, name, detail) VALUES (?, ?, 'RestoreRequested', 'Backup', ?,"
        " json_object('id', ?, 'requestedAt', ?))",
        cells(marker.requested_by, "restore " + marker.id, marker.archive, marker.id, marker.requested_at));
  });
  if (!recorded) spdlog::warn("restore: that it is wanted is not in the audit log: {}", recorded.error().text());
}

Task<Result<Staged>> Restore::prepare(RestoreMarker marker, Job job) {
  auto progress = std::make_shared<JobProgress>();
  auto tell = [this, progress, marker](bool over) {
    if (!over && is_leaving()) progress->cancelled = true;
    publish(&marker, progress.get());
  };
  auto work = [progress, job = std::move(job)] { return job(*progress); };
  auto running = quiet_.run(std::move(work));
  co_return co_await tell_while(std::move(running), std::move(tell), kTellEvery);
}

// Nothing is awaited in it: nobody of this process sees the store closed.
Result<> Restore::swap(const RestoreMarker& marker) {
  reopen_ = store_.is_open();
  const bool was_ready = !store_.not_ready();
  const auto begun = clock_.now();
  store_.close();
  auto swapped = swap_in(options_.places, marker, *staged_, clock_.wall());
  if (!swapped && !may_pass(swapped.error())) swapped = unless_it_is_there(swapped.error(), marker);
  if (swapped)
    spdlog::info("restore: swapped in {} ms",
                 std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now() - begun).count());
  reopen_ = reopen_ ? was_ready : swapped.has_value();
  if (const auto opened = open_again(); !opened)
    spdlog::error("restore: {}", opened.error().text());  // the next pass tries again
  return swapped;
}

// What went wrong after the new database took its place takes nothing back.
Result<> Restore::unless_it_is_there(const Error& error, const RestoreMarker& marker) const {
  const auto done = is_restored(options_.places, marker);
  if (!done || !*done) return error;
  spdlog::warn("restore: the new database is in place, but {}", error.text());
  return {};
}

// Whichever database is there now, it has this program's schema.
Result<> Restore::open_again() {
  if (!reopen_) return {};
  if (auto opened = store_.open(); !opened) return opened;
  reopen_ = false;
  store_.set_ready(true);
  return {};
}

Result<Next> Restore::refuse(const Error& error, const RestoreMarker& marker) {
  const RestoreRefusal refusal{error.reason, error.message, error.hint, marker.archive, to_rfc3339(clock_.wall())};
  if (auto written = refuse_restore(options_.places, refusal); !written) return written.error();
  spdlog::error("restore: refused, nothing was changed: {}", error.text());
  return rest();
}

// `now`: it was this wish that did it, and not an earlier one with the same id.
Result<Next> Restore::finish(const RestoreMarker& marker, bool now) {
  if (auto ended = end_restore(options_.places, true); !ended) return ended.error();
  if (auto removed = remove_old_replaced(options_.places); !removed) spdlog::warn("restore: {}", removed.error().text());
  const auto lost = not_carried(options_.places);
  std::string reason = "Restored", message = marker.archive + ", wanted by " + marker.requested_by;
  if (!now) {
    reason = "RestoredBefore";
    message = "the database has come from the wish " + marker.id + " before, and is left as it is; to restore " +
              marker.archive + " again ask for it anew";
  } else if (!lost.empty()) {
    reason = "NothingCarriedOver";
    message += "; nothing is carried over into it: " + lost;
  }
  spdlog::info("restore: {}: {}", reason, message);
  say(Status::yes, std::move(reason), std::move(message));
  publish(nullptr, nullptr);
  return Next::on_change();
}

void Restore::say(Status status, std::string reason, std::string message) {
  conditions_.set({Kind::controller, std::string(name())}, {kType, status, std::move(reason), std::move(message), 0, {}});
}

// How far it is, for those who follow conditions: a report alone tells nobody that it moved.
void Restore::say_how_far(const JobProgress* progress) {
  const Key self{Kind::controller, std::string(name())};
  if (progress != nullptr) {
    conditions_.set(self, {kRestoring, Status::yes, "Working", progress->text(), 0, {}});
  } else if (conditions_.is_true(self, kRestoring)) {
    conditions_.set(self, {kRestoring, Status::no, "Idle", "", 0, {}});
  }
}

void Restore::publish(const RestoreMarker* marker, const JobProgress* progress) {
  boost::json::object out{{"wanted", marker == nullptr ? boost::json::value() : to_json_value(*marker)}, {"progress", nullptr}};
  if (progress != nullptr) {
    out["progress"] = {
        {"phase", enum_text(progress->phase.load())}, {"bytes", progress->done.load()}, {"total", progress->total.load()}};
  }
  const auto refusal = read_refusal(options_.places);
  out["refused"] = refusal ? to_json_value(*refusal) : boost::json::value();
  reports_.publish("restore", std::move(out));
  say_how_far(progress);
}

}  // namespace argos
