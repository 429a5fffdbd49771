// SPDX-License-Identifier: Apache-2.0
// backups: what the policy and requests want -> archives that are there, whole, and no more than are to stay.
//
// Watches BackupPolicy, requests (verbs backup, verify, prune), the folder of archives and time. Reads files in the folder; writes archives
// there, the table `backups`, which follows the files, the audit log, and what came of requests. One thing at a time, on a thread of its own
// that steps back for all others, and ends while a restore works: what was asked for is done afterwards. Sets Verified and Decryptable on
// each archive; Accepted and Programmed on the policy; Fresh, CaddyDataCaptured, LastBackup, RetentionApplied and BackingUp on itself, none
// of which touches its Ready. Publishes the report "backups".
//
// A pass looks at the folder, brings rows and files together, does the one most pressing thing, and begins anew. An archive gets its name
// only when it is complete and was read back, so a kill at any moment leaves at most a file that the next pass removes, or an archive
// without a row, which the next pass takes in.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>

#include "controllers/backup_proof.hpp"
#include "controllers/backups_decide.hpp"
#include "controllers/backups_look.hpp"
#include "model/object.hpp"
#include "runtime/archive_reader.hpp"
#include "runtime/conditions.hpp"
#include "runtime/key_ring.hpp"
#include "runtime/reconciler.hpp"
#include "runtime/reports.hpp"
#include "runtime/requests.hpp"
#include "runtime/store.hpp"
#include "runtime/workers.hpp"

namespace argos {

class Backups final : public Reconciler {
 public:
  static constexpr std::uint64_t kSlowBytesASecond = 32U << 20U;  // when an old archive is read again
  static constexpr std::chrono::milliseconds kTellEvery{200};
  static constexpr std::chrono::milliseconds kLockPatience{10'000};
  // Of an archive that is taken in, before others have their turn; then twice that.
  static constexpr std::chrono::minutes kFirstSlice{1};

  struct Options {
    BackupPlaces places;
    std::shared_ptr<MadeBefore> made_before;
    const std::atomic<bool>* leaving = nullptr;  // argos is to end: so is what is in hand
  };
  Backups(Store& store, Conditions& conditions, Reports& reports, const Clock& clock, const KeyRing& ring, Options options);
  std::string_view name() const override { return "backups"; }
  Task<Result<Next>> reconcile(const Key& key) override;

 private:
  // What a pass starts from.
  struct State {
    std::vector<BackupRow> rows;
    std::optional<Object<BackupPolicy>> policy;  // as it lies in the table
    std::vector<VerbRequest> backup, verify, prune;
    FollowedSchedule followed;
    std::string making;  // created_at of an archive that a killed run may have finished
  };
  Result<State> read_state();
  BackupPolicy policy_of(const State& state);
  bool may_prune() const;

  // False: there is nothing to do now.
  Task<Result<bool>> do_next(const State& state, const ArchiveSurvey& found, const ScheduleVerdict& schedule);
  Next next_look(bool fresh) const;
  void watch_clock();
  Task<Result<>> back_up(BackupKind kind, const VerbRequest* request);
  Task<Result<>> begin(const VerbRequest* request, const std::string& created_at);
  Task<Result<>> record(BackupRow row, const VerbRequest* request);
  Task<Result<>> give_up(const VerbRequest* request, const Error& error);
  enum class YieldsTo { nobody, backups, all };
  Task<Result<>> take_in(const State& state, FoundArchive file, YieldsTo yields);
  const FoundArchive* least_put_off(const std::vector<FoundArchive>& files) const;
  bool is_new(const FoundArchive* file) const { return file != nullptr && !put_off_.contains(file->name); }
  Span slice_of(const std::string& name) const;
  Task<Result<>> try_to_open(BackupRow row);
  Task<Result<>> read_again(const State& state, std::string name, bool slowly);
  Task<Result<>> note_reading(const State& state, std::string name, const ReadArchive& read);
  Task<Result<>> verify(const State& state, const VerbRequest& request);
  Task<Result<>> prune(const State& state);
  Task<Result<>> answer_prune(const State& state, const VerbRequest& request);
  Task<Result<>> drop_gone(const std::vector<BackupRow>& gone);
  // In the name of this controller, unless it is somebody else's. Waits for another writer's lock for a while: what was done is to be on
  // record, and doing it again takes long.
  using Job = std::function<Result<>(Database&)>;
  Task<Result<>> write(Job job, std::string by = "backups");
  Task<Result<>> record_made_before();
  Task<Result<>> follow(const FollowedSchedule& schedule);

  struct Manners {
    YieldsTo to = YieldsTo::nobody;
    Span slice = Span::max();
  };
  template <class T>
  Task<T> on_thread(std::function<T(JobProgress&)> job, const VerbRequest* request, Manners manners);
  bool is_leaving() const { return options_.leaving != nullptr && options_.leaving->load(); }
  bool must_wait() const;
  bool is_waited_for(YieldsTo to);
  void publish(const JobProgress* progress, std::int64_t request);

  void say(const State& state, const ScheduleVerdict& schedule);
  void say_policy(const State& state, const ScheduleVerdict& schedule);
  void say_archive(const BackupRow& row);
  void say_self(std::string type, Status status, std::string reason, std::string message);

  // Constant after construction
  Store& store_;
  Conditions& conditions_;
  Reports& reports_;
  const Clock& clock_;
  const KeyRing& ring_;
  Options options_;
  // Loop thread only
  BackupPolicy last_good_;
  bool policy_is_sound_ = true;
  RetentionAnswer retention_;
  std::optional<WallTime> next_run_;
  bool run_failed_ = false;  // the one that is due: it is tried again when all else is done
  std::map<std::string, int> put_off_;  // archives whose taking in was cut off, and how often
  Time last_now_{};
  WallTime last_wall_{};
  Time clock_held_until_{};
  Workers quiet_{1};
};

}  // namespace argos
