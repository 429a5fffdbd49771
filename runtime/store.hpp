// SPDX-License-Identifier: Apache-2.0
// argos.db: what operators want. One connection on the loop; a feed of changes, kept by triggers, whoever the writer is.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/database.hpp"
#include "runtime/reconciler.hpp"

namespace argos {

struct Snapshot;

// Who changes desired state, and by which way: what the history says.
struct Actor {
  std::string who;   // "alice", "manifests"
  std::string from;  // "argos apply", a file; may be empty
};

// Loop thread only.
class Store {
 public:
  // `data_folder`: where a restore leaves its markers; empty: beside the file.
  explicit Store(std::string path, std::string data_folder = "")
      : path_(std::move(path)), data_folder_(std::move(data_folder)) {}

  const std::string& path() const { return path_; }
  // Opens or makes the file (0600), WAL, foreign keys, synchronous=FULL, recursive triggers. Opening an open store is no error.
  // `patience`: how long a write waits for another writer's lock; not at all on the loop.
  Result<> open(std::chrono::milliseconds patience = {});
  void close();
  bool is_open() const { return database_.has_value(); }

  // Set once the schema is this program's: what others may not do before. Becoming ready marks every watched kind.
  void set_ready(bool ready);
  // Why nothing may be read or written yet; none when ready.
  std::optional<Error> not_ready() const;

  // Runs f(Database&) -> Result<> in one IMMEDIATE transaction: all of it or nothing. Another writer's lock comes back at once as
  // DatabaseBusy. Afterwards the feed is read. For what argos itself keeps: a change of desired state would be on record as made
  // from outside.
  template <class F>
  Result<> write(F&& f) {
    return transact("BEGIN IMMEDIATE", std::forward<F>(f), true);
  }
  // The same for desired state.
  template <class F>
  Result<> write(const Actor& by, F&& f) {
    return write([&](Database& database) { return acting(database, by, std::forward<F>(f)); });
  }
  // Runs f(Database&) -> Result<> as it is, without a transaction: for migrations, which bring their own.
  template <class F>
  Result<> unguarded(F&& f) {
    if (!database_) return Error{"WaitingForDatabase", "the database is not open"};
    return f(*database_);
  }
  // Runs f(Database&) -> Result<> on one snapshot.
  template <class F>
  Result<> read(F&& f) {
    return transact("BEGIN", std::forward<F>(f), false);
  }

  // Marks {kind, name} on every change of a row of that kind; {kind, ""} when the store becomes ready.
  void watch(Kind kind, Sink sink);
  // Reads the feed past the last seq.
  void poll();
  // That seq: every change up to it has marked whom it concerns.
  std::int64_t told_up_to() const { return last_seq_; }
  // For take_snapshot().
  std::shared_ptr<Snapshot>& last_snapshot() { return last_snapshot_; }
  // The same, if another connection has committed since the last time.
  void poll_others();

 private:
  using Job = std::function<Result<>(Database&)>;
  Result<> transact(const char* begin, const Job& job, bool writes);
  Result<> attempt(const char* begin, const Job& job);
  // A connection whose files could not be opened for writing once, if but for a moment, would be for reading only as long as it is open.
  void reconnect();
  static Result<> acting(Database& database, const Actor& by, const Job& job);

  // Constant after construction
  std::string path_, data_folder_;
  // Loop thread only
  std::optional<Database> database_;
  bool ready_ = false;
  std::int64_t last_seq_ = 0;
  std::int64_t data_version_ = -1;  // moves when another connection commits
  std::vector<std::pair<Kind, Sink>> watchers_;
  std::shared_ptr<Snapshot> last_snapshot_;
};

}  // namespace argos
