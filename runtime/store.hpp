// SPDX-License-Identifier: Apache-2.0
// argos.db: what operators want. One connection on the loop; a feed of changes, kept by triggers, whoever the writer is.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/database.hpp"
#include "runtime/reconciler.hpp"

namespace argos {

// Loop thread only.
class Store {
 public:
  explicit Store(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  // Opens or makes the file (0600), WAL, foreign keys, synchronous=FULL, recursive triggers. Opening an open store is no error.
  Result<> open();
  void close();
  bool is_open() const { return database_.has_value(); }

  // Set once the schema is this program's: what others may not do before. Becoming ready marks every watched kind.
  void set_ready(bool ready);
  // Why nothing may be read or written yet; none when ready.
  std::optional<Error> not_ready() const;

  // Runs f(Database&) -> Result<> in one IMMEDIATE transaction: all of it or nothing. Another writer's lock comes back at once as
  // DatabaseBusy. Afterwards the feed is read.
  template <class F>
  Result<> write(F&& f) {
    return transact("BEGIN IMMEDIATE", std::forward<F>(f), true);
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
  // The same, if another connection has committed since the last time.
  void poll_others();

 private:
  using Job = std::function<Result<>(Database&)>;
  Result<> transact(const char* begin, const Job& job, bool writes);

  // Constant after construction
  std::string path_;
  // Loop thread only
  std::optional<Database> database_;
  bool ready_ = false;
  std::int64_t last_seq_ = 0;
  std::int64_t data_version_ = -1;  // moves when another connection commits
  std::vector<std::pair<Kind, Sink>> watchers_;
};

}  // namespace argos
