// SPDX-License-Identifier: Apache-2.0
// What `backups` tells: conditions of archives, of the policy and of itself, and its report.
#include <algorithm>

#include <boost/json.hpp>
#include <spdlog/fmt/fmt.h>

#include "controllers/backups.hpp"

namespace argos {
namespace {

const Key kPolicy{Kind::backup_policy, std::string(BackupPolicy::kName)};

Status status_of(const std::string& text) {
  if (text == "True") return Status::yes;
  return text == "False" ? Status::no : Status::unknown;
}

}  // namespace

void Backups::say_self(std::string type, Status status, std::string reason, std::string message) {
  conditions_.set({Kind::controller, std::string(name())},
                  {std::move(type), status, std::move(reason), std::move(message), 0, {}});
}

void Backups::say(const State& state, const ScheduleVerdict& schedule) {
  retention_ = judge_rows(state.rows, last_good_.retention, clock_.wall());
  for (const auto& row : state.rows) say_archive(row);
  for (const auto& key : conditions_.keys(Kind::backup)) {
    if (std::ranges::find(state.rows, key.name, &BackupRow::filename) == state.rows.end()) conditions_.forget(key);
  }
  say_policy(state, schedule);
  const Key self{Kind::controller, std::string(name())};
  conditions_.set(self, judge_freshness(last_good_, state.rows, state.followed, clock_.wall()));
  conditions_.set(self, judge_caddy_data(last_good_, state.rows));
  if (!retention_.held.empty())
    say_self("RetentionApplied", Status::no, "Held", retention_.held);
  else if (!policy_is_sound_)
    say_self("RetentionApplied", Status::no, "PolicyInvalid", "the policy makes no sense: nothing is deleted");
  else if (clock_.now() < clock_held_until_)
    say_self("RetentionApplied", Status::no, "ClockLeapt", "the clock leapt less than a day ago: nothing is deleted");
  else
    say_self("RetentionApplied", Status::yes, "Applied", "");
  publish(nullptr, 0);
}

void Backups::say_policy(const State& state, const ScheduleVerdict& schedule) {
  if (!state.policy) {
    if (!conditions_.of(kPolicy).empty()) conditions_.forget(kPolicy);
    return;
  }
  const auto generation = state.policy->meta.generation;
  const bool sound = state.policy->errors.empty();
  const auto next =
      schedule.next ? "the next archive is due at " + to_rfc3339(*schedule.next) : "no archives are made by themselves";
  conditions_.set_all(kPolicy, {{"Accepted",
                                 sound ? Status::yes : Status::no,
                                 sound ? "Accepted" : "Invalid",
                                 sound ? "" : to_string(state.policy->errors),
                                 generation,
                                 {}},
                                {"Programmed",
                                 sound ? Status::yes : Status::no,
                                 sound ? "InForce" : "Invalid",
                                 sound ? next : "the policy as it was before stays in force",
                                 generation,
                                 {}}});
}

void Backups::say_archive(const BackupRow& row) {
  conditions_.set_all(
      {Kind::backup, row.filename},
      {{"Verified", status_of(row.verified), row.verified_reason, row.verified_message, 0, {}}, judge_secrets(row, ring_)});
}

void Backups::publish(const JobProgress* progress, std::int64_t request) {
  boost::json::object report{{"running", nullptr},
                             {"nextRun", next_run_ ? boost::json::value(to_rfc3339(*next_run_)) : boost::json::value()},
                             {"retentionHeld", retention_.held}};
  if (progress != nullptr) {
    const auto left = progress->left(std::chrono::steady_clock::now());
    report["running"] = {{"request", request == 0 ? boost::json::value() : boost::json::value(request)},
                         {"phase", enum_text(progress->phase.load())},
                         {"doneBytes", progress->done.load()},
                         {"totalBytes", progress->total.load()},
                         {"etaSeconds", left ? boost::json::value(left->count()) : boost::json::value()}};
    say_self("BackingUp", Status::yes, "Working", progress->text());
  } else {
    say_self("BackingUp", Status::no, "Idle", "");
  }
  reports_.publish(std::string(name()), std::move(report));
}

}  // namespace argos
