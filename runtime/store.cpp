// SPDX-License-Identifier: Apache-2.0
#include "runtime/store.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <spdlog/spdlog.h>

#include "runtime/files.hpp"

namespace argos {
namespace {

// Where a database is to come from an archive, or was replaced by one, an empty one in its place would be pushed to Caddy as "no hosts
// wanted".
std::optional<Error> waiting_for_restore(const std::filesystem::path& path, const std::filesystem::path& folder) {
  std::error_code ignored;
  if (std::filesystem::exists(folder / ".restore_pending", ignored) ||
      std::filesystem::exists(path.string() + ".restore-staging", ignored))
    return Error{"RestorePending", fmt::format("{} is being restored", path.string()), "", Retry::backoff};
  if (std::filesystem::exists(folder / ".restore_failed", ignored))
    return Error{"RestoreRefused",
                 fmt::format("there is no {}, and the archive that was to become it was refused", path.string()),
                 "see .restore_failed, and restore another; or delete .restore_failed to begin with nothing", Retry::backoff};
  return std::nullopt;
}

std::optional<Error> missing_after_restore(const std::filesystem::path& path, const std::filesystem::path& folder) {
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) return std::nullopt;
  if (auto waiting = waiting_for_restore(path, folder)) return waiting;
  const auto prefix = path.filename().string() + ".before-restore-";
  std::string newest;
  for (const auto& entry : std::filesystem::directory_iterator(path.parent_path(), ignored)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with(prefix) && name > newest) newest = name;
  }
  if (newest.empty()) return std::nullopt;
  return Error{"DatabaseMissing",
               fmt::format("{} is missing, but {} is there: an empty one is not made in its place", path.string(), newest),
               fmt::format("put it back: cp {} {}", newest, path.filename().string()), Retry::never};
}

// SQLite makes files 0644 less the umask; this one holds sealed secrets. One that is there is never opened here: whoever closes a
// file gives up all of the process's locks on it, its other connections' too (sqlite.org/howtocorrupt.html, 2.2).
Result<> make_private(const std::string& path) {
  const File made(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (made || (errno == EEXIST && ::faccessat(AT_FDCWD, path.c_str(), R_OK | W_OK, AT_EACCESS) == 0)) {
    ::chmod(path.c_str(), 0600);
    return {};
  }
  if (errno == EACCES || errno == EROFS || errno == EPERM) {
    return Error{"DatabaseReadOnly", fmt::format("{} cannot be written: {}", path, std::strerror(errno)),
                 "mend its owner or mode (argos runs as uid " + std::to_string(::geteuid()) + "), or the mount", Retry::never};
  }
  return Error{"DatabaseMissing", fmt::format("cannot open {}: {}", path, std::strerror(errno)), "", Retry::backoff};
}

}  // namespace

Result<> Store::open(std::chrono::milliseconds patience) {
  if (database_) return {};
  const auto folder = data_folder_.empty() ? std::filesystem::path(path_).parent_path() : std::filesystem::path(data_folder_);
  if (auto missing = missing_after_restore(path_, folder)) return *missing;
  if (auto made = make_private(path_); !made) return made;
  auto opened = Database::open(path_, Database::Mode::read_write, static_cast<int>(patience.count()));
  if (!opened) return opened.error();
  // journal_mode first: it is what reads the file, and so what finds that it is no database.
  if (auto set = opened->script("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                                "PRAGMA recursive_triggers=ON; PRAGMA journal_size_limit=67108864;");
      !set) {
    return set;
  }
  database_.emplace(std::move(*opened));
  return {};
}

void Store::close() {
  set_ready(false);
  database_.reset();
}

void Store::set_ready(bool ready) {
  if (ready == ready_) return;
  ready_ = ready;
  if (!ready) return;
  if (const auto seq = database_->number("SELECT coalesce(max(seq), 0) FROM changes")) last_seq_ = *seq;
  for (const auto& [kind, sink] : watchers_) sink({kind, ""}, "the database is ready");
}

std::optional<Error> Store::not_ready() const {
  if (ready_) return std::nullopt;
  return Error{"WaitingForDatabase", "the database is not ready: see the migrations controller", "", Retry::backoff};
}

void Store::watch(Kind kind, Sink sink) { watchers_.emplace_back(kind, std::move(sink)); }

void Store::poll() {
  if (!ready_) return;
  auto rows = database_->query("SELECT seq, kind, name FROM changes WHERE seq > ? ORDER BY seq", {last_seq_});
  if (!rows) {
    spdlog::warn("cannot read the feed of changes: {}", rows.error().message);
    return;
  }
  for (const auto& row : *rows) {
    last_seq_ = row.at("seq").as_int64();
    const std::string_view table = row.at("kind").as_string();
    const std::string name(row.at("name").as_string());
    for (const auto& [kind, sink] : watchers_) {
      if (names_of(kind).table == table) sink({kind, name}, "its row changed");
    }
  }
}

void Store::poll_others() {
  if (!ready_) return;
  const auto version = database_->number("PRAGMA data_version");
  if (version && *version == data_version_) return;
  if (version) data_version_ = *version;
  poll();
}

// The triggers find who it is in a row that nobody else ever sees.
Result<> Store::acting(Database& database, const Actor& by, const Job& job) {
  auto named = database.run("REPLACE INTO acting (one, actor, origin) VALUES (1, ?, ?)", cells(by.who, by.from));
  if (!named) return named;
  if (auto done = job(database); !done) return done;
  return database.run("DELETE FROM acting");
}

Result<> Store::transact(const char* begin, const Job& job, bool writes) {
  if (!database_) return Error{"WaitingForDatabase", "the database is not open", "", Retry::backoff};
  auto outcome = attempt(begin, job);
  if (outcome && writes) poll();
  if (!outcome && outcome.error().reason == "DatabaseReadOnly") reconnect();
  return outcome;
}

void Store::reconnect() {
  database_.reset();
  if (!open()) set_ready(false);  // `migrations` goes on trying
}

Result<> Store::attempt(const char* begin, const Job& job) {
  if (auto begun = database_->run(begin); !begun) return begun;
  Result<> outcome;
  try {
    outcome = job(*database_);
  } catch (...) {
    (void)database_->run("ROLLBACK");
    throw;
  }
  if (outcome) outcome = database_->run("COMMIT");
  if (!outcome && database_->in_transaction()) (void)database_->run("ROLLBACK");
  return outcome;
}

}  // namespace argos
