// SPDX-License-Identifier: Apache-2.0
#include "controllers/restore_swap.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

#include <fcntl.h>
#include <unistd.h>

#include <spdlog/spdlog.h>

#include "runtime/files.hpp"

namespace argos {
namespace {

namespace fs = std::filesystem;

constexpr int kPatience = 100;  // milliseconds, for a lock of somebody who is just done

Error in_use(const std::string& path) {
  return {"DatabaseInUse", "another program has " + path + " open: it cannot be replaced under it",
          "end it (a sqlite3 shell?); argos tries again", Retry::backoff};
}

// Everything of it in one file, which nobody else has open: only then does SQLite leave the write-ahead log. As long as the connection
// is open that it returns nobody else writes to the file: that would be lost.
Result<Database> fold(const std::string& path) {
  auto database = Database::open(path, Database::Mode::read_write, kPatience);
  if (!database) return database.error();
  if (auto done = database->query("PRAGMA wal_checkpoint(TRUNCATE)"); !done) return done.error();
  const auto mode = database->query("PRAGMA journal_mode=DELETE");
  if (!mode && mode.error().reason == "DatabaseBusy") return in_use(path);
  if (!mode) return mode.error();
  if (mode->empty() || mode->front().begin()->value() != "delete") return in_use(path);
  if (auto held = database->run("BEGIN IMMEDIATE"); !held) return held.error();
  const auto still = database->query("PRAGMA journal_mode");  // somebody may have come in between
  if (!still) return still.error();
  if (still->empty() || still->front().begin()->value() != "delete") return in_use(path);
  return std::move(*database);
}

Error failure(const char* what, const std::string& path) {
  return {"CannotWrite", fmt::format("cannot {} {}: {}", what, path, std::strerror(errno)), "", Retry::backoff};
}

Result<> fsync_path(const std::string& path) {
  const File opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (opened && ::fsync(opened.get()) == 0) return {};
  return failure("fsync", path);
}

std::string utc(WallTime at) {
  auto text = to_rfc3339(at);  // 2026-11-27T02:00:00Z
  text = text.substr(0, 19);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  text[8] = '-';
  return text;
}

// The live one under a second name. A run that was killed may have given it one already.
Result<std::string> keep_replaced(const RestorePlaces& places, WallTime now) {
  if (const auto names = second_names(places); !names.empty()) return names.front();
  const auto name = places.database + ".before-restore-" + utc(now);
  for (int number = 0;; ++number) {
    const auto path = number == 0 ? name : fmt::format("{}-{}", name, number);
    if (::link(places.database.c_str(), path.c_str()) == 0) return path;
    if (errno != EEXIST) return failure("keep the database as", path);
  }
}

// Of a database that SQLite cannot read, what SQLite would add to the new one.
Result<> move_log_away(const RestorePlaces& places, const std::string& kept) {
  for (const auto* const suffix : {"-wal", "-journal"}) {
    const auto log = places.database + suffix;
    if (::rename(log.c_str(), (kept + suffix).c_str()) != 0 && errno != ENOENT) return failure("move away", log);
  }
  const auto index = places.database + "-shm";
  if (::unlink(index.c_str()) != 0 && errno != ENOENT) return failure("delete", index);
  return {};
}

// The new one did not come: the live one has one name again, and its log where it was.
void let_go_of(const RestorePlaces& places, const std::string& kept) {
  if (!is_same_file(kept, places.database)) return;  // it did come, whatever the call said
  for (const auto* const suffix : {"-wal", "-journal"})
    (void)::rename((kept + suffix).c_str(), (places.database + suffix).c_str());
  if (::unlink(kept.c_str()) != 0) spdlog::warn("restore: {}", failure("delete", kept).message);
}

Result<> move_into_place(const RestorePlaces& places, const Staged& staged) {
  if (::rename(staged.database.c_str(), places.database.c_str()) == 0) return {};
  return failure("put the new database into place as", places.database);
}

Result<> replace(const RestorePlaces& places, const Staged& staged, WallTime now) {
  const auto kept = keep_replaced(places, now);
  if (!kept) return kept.error();
  auto done = move_log_away(places, *kept);
  if (done) done = move_into_place(places, staged);
  if (!done) let_go_of(places, *kept);
  return done;
}

Result<> complete(const CarryWish& wish, const Staged& staged) {
  auto fresh = open_staged(staged.database);
  if (!fresh) return fresh.error();
  return carry_over(*fresh, wish, staged.carried);
}

bool is_damaged(const Error& error) { return error.reason == "DatabaseCorrupt"; }

void carry_nothing(CarryWish& wish, const Error& error) {
  spdlog::warn("restore: the database that is replaced cannot be read: no more of it is carried over ({})", error.message);
  wish.replaced.clear();
  wish.not_carried = "the database that was replaced cannot be read";
}

}  // namespace

Result<bool> is_restored(const RestorePlaces& places, const RestoreMarker& marker) {
  std::error_code unknown;
  if (marker.id.empty() || !fs::exists(places.database, unknown)) return false;
  auto database = Database::open(places.database, Database::Mode::read_only, kPatience);
  if (!database) return false;  // it is to be replaced for just that
  const auto found = database->number("SELECT count(*) FROM meta WHERE key = 'restore' AND value = ?", cells(marker.id));
  return found && *found > 0;
}

Result<> prepare_swap(const RestorePlaces& places, const RestoreMarker& marker, Staged& staged, JobProgress& progress) {
  std::error_code unknown;
  if (!fs::exists(places.database, unknown)) return {};
  progress.enter(JobPhase::carrying, 0);
  if (auto live = Database::open(places.database, Database::Mode::read_write, kPatience))
    (void)live->query("PRAGMA wal_checkpoint(PASSIVE)");
  auto fresh = open_staged(staged.database);
  if (!fresh) return fresh.error();
  fresh->stop_when(progress.cancelled);
  auto carried = carry_log(*fresh, {marker, places.database, staged.created_at}, staged.carried);
  if (progress.cancelled) return cancelled_error();
  if (!carried && !is_damaged(carried.error())) return carried.error();
  if (carried) staged.carried = *carried;
  return fsync_path(staged.database);
}

Result<> swap_in(const RestorePlaces& places, const RestoreMarker& marker, const Staged& staged, WallTime now) {
  std::error_code unknown;
  const bool replaces = fs::exists(places.database, unknown);
  CarryWish wish{marker, replaces ? places.database : "", staged.created_at};
  std::optional<Database> held;
  if (replaces) {
    auto folded = fold(places.database);
    if (!folded && !is_damaged(folded.error())) return folded.error();
    if (folded) held.emplace(std::move(*folded));
    if (!folded) carry_nothing(wish, folded.error());
  }
  auto completed = complete(wish, staged);
  if (!completed && is_damaged(completed.error()) && !wish.replaced.empty()) {
    carry_nothing(wish, completed.error());
    completed = complete(wish, staged);
  }
  if (!completed) return completed;
  if (auto synced = fsync_path(staged.database); !synced) return synced;
  auto replaced = replaces ? replace(places, staged, now) : move_into_place(places, staged);
  if (!replaced) return replaced;
  return fsync_path(fs::path(places.database).parent_path().string());
}

std::string not_carried(const RestorePlaces& places) {
  auto database = Database::open(places.database, Database::Mode::read_only, kPatience);
  if (!database) return "";
  const auto rows = database->query(
      "SELECT detail ->> '$.notCarried' AS why FROM audit_log WHERE action = 'Restored' ORDER BY id DESC LIMIT 1");
  if (!rows || rows->empty() || !rows->front().at("why").is_string()) return "";
  return std::string(rows->front().at("why").as_string());
}

Result<> remove_old_replaced(const RestorePlaces& places) {
  const auto all = before_restore_files(places);
  for (std::size_t at = kReplacedKept; at < all.size(); ++at) {
    for (const auto* const suffix : {"", "-wal", "-journal"}) {
      if (::unlink((all[at] + suffix).c_str()) != 0 && errno != ENOENT) return failure("delete", all[at] + suffix);
    }
  }
  return {};
}

}  // namespace argos
