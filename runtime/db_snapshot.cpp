// SPDX-License-Identifier: Apache-2.0
#include "runtime/db_snapshot.hpp"

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <spdlog/fmt/fmt.h>

#include "runtime/archive_output.hpp"

namespace argos {
namespace {

constexpr int kBusyMilliseconds = 5000;
constexpr std::uint64_t kSpare = 1U << 20U;  // for others, on the data folder's disk

std::string path_beside(const std::string& database) { return database + ".snapshot"; }

Result<std::uint64_t> live_bytes(Database& database) {
  const auto bytes = database.number(
      "SELECT (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)"
      " - (SELECT freelist_count FROM pragma_freelist_count) * (SELECT page_size FROM pragma_page_size)");
  if (!bytes) return bytes.error();
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, *bytes));
}

// Else SQLite makes it 0644, less the umask. It takes an empty file as one that is not there.
Result<> make_private(const std::string& path) {
  const File made(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!made) return write_failure(errno, "make", path);
  return {};
}

void remove_both(const std::string& snapshot) {
  ::unlink(snapshot.c_str());
  ::unlink((snapshot + "-journal").c_str());
}

// SQLite does not say how far it is.
void watch_size(const std::string& path, JobProgress& progress, const std::stop_token& over) {
  constexpr std::chrono::milliseconds kEvery{100};
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  while (!over.stop_requested()) {
    struct stat about {};
    if (::stat(path.c_str(), &about) == 0) progress.done = static_cast<std::uint64_t>(about.st_size);
    stopped.wait_for(lock, over, kEvery, [] { return false; });
  }
}

Error of_the_snapshot(Error error, const JobProgress& progress) {
  if (progress.cancelled) return cancelled_error();
  if (error.reason == "DiskFull") {
    error.reason = "NoSpace";
    error.hint = "make room in the data folder";
  }
  error.message = "a copy of the database cannot be made: " + error.message;
  return error;
}

}  // namespace

Result<DatabaseSnapshot> DatabaseSnapshot::take(const std::string& path, JobProgress& progress) {
  remove_snapshot_leftovers(path);
  auto database = Database::open(path, Database::Mode::read_only, kBusyMilliseconds);
  if (!database) return database.error();
  const auto bytes = live_bytes(*database);
  if (!bytes) return bytes.error();
  progress.enter(JobPhase::snapshot, *bytes);
  if (auto room = check_free_space(std::filesystem::path(path).parent_path().string(), *bytes + kSpare); !room)
    return room.error();
  DatabaseSnapshot out(path_beside(path));
  if (auto made = make_private(out.path_); !made) return made.error();
  database->stop_when(progress.cancelled);
  if (auto set = database->run("PRAGMA synchronous=OFF"); !set) return set.error();
  const std::jthread watch([&progress, copy = out.path_](const std::stop_token& over) { watch_size(copy, progress, over); });
  if (auto copied = database->run("VACUUM INTO ?", cells(out.path_)); !copied) return of_the_snapshot(copied.error(), progress);
  return out;
}

DatabaseSnapshot::~DatabaseSnapshot() {
  if (!path_.empty()) remove_both(path_);
}

void remove_snapshot_leftovers(const std::string& database) { remove_both(path_beside(database)); }

Result<> check_sound(Database& snapshot) {
  const auto rows = snapshot.query("PRAGMA integrity_check(3)");
  if (!rows) return rows.error();
  std::string found;
  for (const auto& row : *rows) found += (found.empty() ? "" : "; ") + std::string(row.begin()->value().as_string());
  if (found != "ok") {
    return Error{"SnapshotUnsound", "the database is damaged: " + found,
                 "restore a backup from before that; older archives are kept", Retry::backoff};
  }
  const auto broken = snapshot.query("SELECT \"table\" AS t FROM pragma_foreign_key_check LIMIT 1");
  if (!broken) return broken.error();
  if (broken->empty()) return {};
  return Error{"SnapshotUnsound",
               fmt::format("a row of table {} refers to nothing", std::string_view(broken->front().at("t").as_string()))};
}

Result<> check_free_space(const std::string& folder, std::uint64_t bytes) {
  struct statvfs about {};
  if (::statvfs(folder.c_str(), &about) != 0)
    return Error{"CannotRead", fmt::format("cannot look at {}: {}", folder, std::strerror(errno))};
  const auto free = static_cast<std::uint64_t>(about.f_bavail) * about.f_frsize;
  if (free >= bytes) return {};
  constexpr std::uint64_t kMiB = 1U << 20U;
  return Error{"NoSpace", fmt::format("{} has {} MiB free, and {} are needed", folder, free / kMiB, bytes / kMiB + 1),
               "make room there, or have the policy keep fewer archives"};
}

}  // namespace argos
