// SPDX-License-Identifier: Apache-2.0
#include "controllers/backups_decide.hpp"

#include <algorithm>
#include <map>

#include <boost/json.hpp>
#include <spdlog/fmt/fmt.h>

namespace argos {
namespace {

Condition fresh(Status status, std::string reason, std::string message) {
  return {"Fresh", status, std::move(reason), std::move(message), 0, {}};
}

Condition captured(Status status, std::string reason, std::string message) {
  return {"CaddyDataCaptured", status, std::move(reason), std::move(message), 0, {}};
}

// Archives are named after the second in which they were begun.
bool is_of(const std::string& name, std::string_view making) {
  const auto begun = parse_rfc3339(making);
  return begun && time_in_archive_name(name) == std::chrono::floor<std::chrono::seconds>(*begun);
}

}  // namespace

ArchiveSurvey survey(const std::vector<BackupRow>& rows, const std::vector<FoundArchive>& files, WallTime now,
                     std::string_view making) {
  std::map<std::string, const BackupRow*> known;
  for (const auto& row : rows) known[row.filename] = &row;
  ArchiveSurvey out;
  std::vector<std::pair<std::int64_t, std::string>> stale;
  const auto longest_ago = to_milliseconds(now - kReread);
  for (const auto& file : files) {
    const auto held = known.find(file.name);
    if (held == known.end()) {
      const bool finished = is_of(file.name, making);
      if (finished) out.finished.push_back(file);
      if (!file.fresh || finished) out.moved.push_back(file);
      continue;
    }
    const auto& row = *held->second;
    known.erase(held);
    const bool moved = row.size_bytes != file.bytes || row.mtime_ns != file.mtime_ns || row.verified_at == 0;
    if (moved && !file.fresh)
      out.moved.push_back(file);
    else if (moved)
      continue;
    else if (row.verified_at < longest_ago || row.verified_at > to_milliseconds(now))
      stale.emplace_back(row.verified_at, file.name);
  }
  for (const auto& [name, row] : known) out.gone.push_back(*row);
  std::ranges::sort(stale);
  for (auto& [at, name] : stale) out.stale.push_back(std::move(name));
  return out;
}

FollowedSchedule FollowedSchedule::read(std::string_view json) {
  boost::system::error_code bad;
  const auto value = boost::json::parse(json, bad);
  if (bad || !value.is_object()) return {};
  const auto* const schedule = value.get_object().if_contains("schedule");
  const auto* const since = value.get_object().if_contains("since");
  if (schedule == nullptr || since == nullptr || !schedule->is_string() || !since->is_int64()) return {};
  return {std::string(schedule->get_string()), from_milliseconds(since->get_int64())};
}

std::string FollowedSchedule::to_json() const {
  return boost::json::serialize(boost::json::object{{"schedule", schedule}, {"since", to_milliseconds(since)}});
}

ScheduleVerdict judge_schedule(const BackupPolicy& policy, const FollowedSchedule& followed, WallTime now) {
  const auto cron = parse_cron(policy.schedule);
  ScheduleVerdict out;
  const std::string wanted = policy.enabled && cron ? policy.schedule : "";
  auto since = followed.since;
  if (wanted != followed.schedule || since > now + kClockSetBack) {
    since = now;
    out.follow = FollowedSchedule{wanted, now};
  }
  if (wanted.empty()) return out;
  out.next = next_after(*cron, since);
  out.due = out.next && *out.next <= now;
  return out;
}

Condition judge_freshness(const BackupPolicy& policy, const std::vector<BackupRow>& rows, const FollowedSchedule& followed,
                          WallTime now) {
  const auto cron = parse_cron(policy.schedule);
  if (!policy.enabled || !cron) return fresh(Status::unknown, "NotScheduled", "no archives are made by themselves");
  const auto newest = std::ranges::find_if(rows, &BackupRow::is_good);
  const bool none = newest == rows.end();
  const auto last = none ? followed.since : newest->created();
  const auto promised = next_after(*cron, last);
  const bool late = promised && now > *promised + kLateAtMost;
  if (none && !late) return fresh(Status::unknown, "NoBackupYet", "there is no archive yet");
  const auto what =
      none ? std::string("there is no good archive") : fmt::format("the newest good archive is {}", newest->filename);
  if (!late) return fresh(Status::yes, "AsPromised", what);
  return fresh(Status::no, "Overdue", fmt::format("{}; the schedule promised one by {}", what, to_rfc3339(*promised)));
}

RetentionAnswer judge_rows(const std::vector<BackupRow>& rows, const Retention& retention, WallTime now) {
  return judge_retention(held_archives(rows), retention, now);
}

bool are_to_be_tried(const BackupRow& row, const KeyRing& ring) {
  if (!row.is_good()) return false;
  return row.secrets.outcome.empty() || std::ranges::any_of(row.secrets.missing, [&](const auto& id) { return ring.has(id); });
}

Condition judge_secrets(const BackupRow& row, const KeyRing& ring) {
  const auto& tried = row.secrets;
  const auto say = [](Status status, std::string reason, std::string message) {
    return Condition{"Decryptable", status, std::move(reason), std::move(message), 0, {}};
  };
  if (tried.outcome.empty()) return say(Status::unknown, "NotTriedYet", "whether the secrets in it open was not tried yet");
  if (!tried.is_done()) return say(Status::unknown, tried.outcome, tried.message);
  const auto all = tried.opened + tried.unopened + tried.broken;
  std::vector<std::string> missing;
  std::ranges::copy_if(tried.keys, std::back_inserter(missing), [&](const auto& id) { return !ring.has(id); });
  if (!missing.empty())
    return say(Status::no, "MasterKeyUnknown",
               fmt::format("of {} secrets in it some are sealed under a master key that is not configured: {}", all,
                           fmt::join(missing, ", ")));
  if (are_to_be_tried(row, ring)) return say(Status::unknown, "NotTriedYet", "the master keys have changed: it is tried anew");
  if (tried.broken > 0)
    return say(Status::no, "BrokenEnvelope",
               fmt::format("{} of {} secrets in it do not open, though their master key is configured", tried.broken, all));
  if (all == 0) return say(Status::yes, "NothingSealed", "no secrets are in it");
  return say(Status::yes, "SecretsOpen", fmt::format("the {} secrets in it open", all));
}

Condition judge_caddy_data(const BackupPolicy& policy, const std::vector<BackupRow>& rows) {
  if (!policy.include_caddy_data) return captured(Status::unknown, "NotWanted", "the policy leaves Caddy's data out");
  const auto newest = std::ranges::find(rows, std::string("local"), &BackupRow::origin);
  if (newest == rows.end()) return captured(Status::unknown, "NoBackupYet", "there is no archive yet");
  const auto of_all = fmt::format("{} of {}", newest->caddy_files, newest->caddy_files + newest->caddy_left_out);
  if (!newest->caddy_skipped.empty()) {
    const auto& first = newest->caddy_skipped.front();
    if (first.reason == "NotFound")
      return captured(Status::unknown, "NoCaddyData", "Caddy's data folder is not there; ARGOS_CADDY_DATA_DIR names it");
    const auto only = std::ranges::all_of(newest->caddy_skipped, [&](const auto& one) { return one.reason == first.reason; });
    return captured(Status::no, only ? first.reason : "Incomplete",
                    fmt::format("{} of Caddy's files could be read for {}, not {} ({}) (see docs/backup.md, Caddy's data)",
                                of_all, newest->filename, first.path, first.reason));
  }
  return captured(Status::yes, "Captured", fmt::format("{} of Caddy's files are in {}", of_all, newest->filename));
}

}  // namespace argos
