// SPDX-License-Identifier: Apache-2.0
#include "controllers/restore_stage.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>

#include <fcntl.h>
#include <unistd.h>

#include <spdlog/fmt/fmt.h>

#include "model/caddy_config.hpp"
#include "runtime/archive_output.hpp"
#include "runtime/archive_reader.hpp"
#include "runtime/db_snapshot.hpp"
#include "runtime/files.hpp"
#include "runtime/random.hpp"
#include "runtime/rows.hpp"

namespace argos {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMember = "argos.db";
constexpr std::uint64_t kKeptFree = 16U << 20U;  // bytes, for what others write meanwhile
constexpr unsigned kOwnersAlone = 0600;

Error refused(std::string reason, std::string message, std::string hint = "") {
  return {std::move(reason), std::move(message), std::move(hint), Retry::never};
}

// ---- unpacked --------------------------------------------------------------------------------------------------------------

class Unpacked {
 public:
  static Result<Unpacked> open(const std::string& path) {
    File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, kOwnersAlone));
    if (!file) return write_failure(errno, "make", path);
    return Unpacked(path, std::move(file));
  }
  Result<> take(std::string_view bytes) {
    if (!file_.write(bytes)) return write_failure(errno, "write", path_);
    taken_ += bytes.size();
    if (taken_ - begun_ >= kPiece) write_out();
    return {};
  }
  Result<> close() {
    write_out();
    if (!file_.close()) return write_failure(errno, "write", path_);
    return {};
  }

 private:
  static constexpr std::uint64_t kPiece = 8U << 20U;
  Unpacked(std::string path, File file) : path_(std::move(path)), file_(std::move(file)) {}
  // The kernel begins at once: the fsync at the end would wait for all of it.
  void write_out() {
    (void)::sync_file_range(file_.get(), static_cast<off64_t>(begun_), static_cast<off64_t>(taken_ - begun_),
                            SYNC_FILE_RANGE_WRITE);
    begun_ = taken_;
  }
  std::string path_;
  File file_;
  std::uint64_t taken_ = 0, begun_ = 0;
};

std::uint64_t free_bytes(const std::string& folder) {
  std::error_code unknown;
  const auto space = fs::space(folder, unknown);
  return unknown || space.available < kKeptFree ? 0 : space.available - kKeptFree;
}

Result<ArchiveMetadata> unpack(const std::string& archive, const RestoreMarker& marker, const std::string& into,
                               JobProgress& progress) {
  auto out = Unpacked::open(into);
  if (!out) return out.error();
  ArchiveReadOptions options;
  options.from_disk = true;
  options.most_unpacked = free_bytes(fs::path(into).parent_path());
  options.take = [&](std::string_view path, std::string_view bytes) -> Result<> {
    return path == kMember ? out->take(bytes) : Result<>{};
  };
  const auto read = read_archive(archive, progress, options);
  if (read.problem) {
    auto problem = *read.problem;
    if (problem.reason == "TooLarge") problem.hint = "free space beside the database, then ask for the restore again";
    return problem;
  }
  if (marker.sha256 && *marker.sha256 != read.sha256)
    return refused("ArchiveDiffers", fmt::format("{} has SHA-256 {}, not the one that was named", archive, read.sha256),
                   "is it the archive that was meant?");
  if (auto closed = out->close(); !closed) return closed.error();
  return *read.metadata;
}

// A database as a restore left it: one file, nobody's any more.
Result<> copy(const std::string& from, const std::string& into, JobProgress& progress) {
  File source(::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!source) return refused("NotFound", fmt::format("cannot open {}: {}", from, std::strerror(errno)));
  auto out = Unpacked::open(into);
  if (!out) return out.error();
  constexpr std::size_t kBlock = 1U << 20U;
  std::string block(kBlock, '\0');
  for (;;) {
    if (progress.cancelled) return cancelled_error();
    const auto got = ::read(source.get(), block.data(), block.size());
    if (got < 0) return Error{"CannotRead", fmt::format("cannot read {}: {}", from, std::strerror(errno))};
    if (got == 0) return out->close();
    if (auto taken = out->take({block.data(), static_cast<std::size_t>(got)}); !taken) return taken;
    progress.done += static_cast<std::uint64_t>(got);
  }
}

// ---- judged ----------------------------------------------------------------------------------------------------------------

struct SchemaObject {
  std::string type, name, table, sql;
  auto operator<=>(const SchemaObject&) const = default;
};

// All but what SQLite makes for itself, told by its text: it runs whatever text lies there, under any type and any name, its own too.
Result<std::set<SchemaObject>> schema_of(Database& database) {
  const auto rows = database.query(
      "SELECT type, name, tbl_name, coalesce(sql, '') AS sql FROM sqlite_schema"
      " WHERE NOT (type = 'index' AND name LIKE 'sqlite\\_autoindex\\_%' ESCAPE '\\' AND sql IS NULL)"
      "  AND NOT (type = 'table' AND name = tbl_name AND (name, sql) IN (VALUES"
      "   ('sqlite_sequence', 'CREATE TABLE sqlite_sequence(name,seq)'),"
      "   ('sqlite_stat1', 'CREATE TABLE sqlite_stat1(tbl,idx,stat)'),"
      "   ('sqlite_stat4', 'CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)')))");
  if (!rows) return rows.error();
  std::set<SchemaObject> out;
  for (const auto& row : *rows) {
    const auto text = [&](const char* column) { return std::string(row.at(column).as_string()); };
    out.insert({text("type"), text("name"), text("tbl_name"), text("sql")});
  }
  return out;
}

Result<std::set<SchemaObject>> schema_of_version(int version, std::span<const MigrationStep> steps) {
  auto reference = Database::open(":memory:", Database::Mode::create);
  if (!reference) return reference.error();
  const auto later = std::ranges::find_if(steps, [&](const auto& step) { return step_number(step) > version; });
  const auto migrated = migrate(*reference, {steps.begin(), later});
  if (!migrated) return migrated.error();
  return schema_of(*reference);
}

// Whoever made the archive may have put anything into it: a trigger is a program.
Result<> must_be_of_version(Database& database, int version, std::span<const MigrationStep> steps) {
  const auto found = schema_of(database);
  if (!found) return found.error();
  const auto wanted = schema_of_version(version, steps);
  if (!wanted) return wanted.error();
  for (const auto& one : *found) {
    if (!wanted->contains(one))
      return refused("ForeignSchema", fmt::format("its {} {} is not of argos' schema version {}", one.type, one.name, version),
                     "an archive that argos made has none such");
  }
  if (found->size() == wanted->size()) return {};
  return refused("ForeignSchema", fmt::format("it lacks parts of argos' schema version {}", version));
}

Result<int> judged_version(Database& database, std::span<const MigrationStep> steps) {
  const auto version = schema_version_of(database);
  if (!version) return refused("NotADatabase", "argos.db in it is no database: " + version.error().message);
  const int known = steps.empty() ? 0 : step_number(steps.back());
  if (*version == 0) return refused("NotADatabase", "argos.db in it is no database of argos");
  if (*version > known)
    return refused("SchemaNewer", fmt::format("it has schema version {}, this argos knows versions up to {}", *version, known),
                   "restore it with the argos that made it, or a newer one");
  if (auto own = must_be_of_version(database, *version, steps); !own) return own.error();
  if (auto sound = check_sound(database); !sound)
    return refused("DatabaseCorrupt", "argos.db in it is not sound: " + sound.error().message);
  return *version;
}

Result<Standing> judged_keys(Database& database, const KeyRing& ring, const RestoreMarker& marker) {
  const auto standing = standing_of(database, ring);
  if (!standing || *standing != Standing::unknown || marker.without_secrets.value_or(false)) return standing;
  constexpr const char* kWayOut =
      "configure the master key of then (ARGOS_MASTER_KEY_PREVIOUS), or restore --without-secrets: what lies sealed stays "
      "unreadable until it is entered again";
  if (ring.empty())
    return refused("MasterKeyNotConfigured", "secrets lie sealed in it, and no master key is configured", kWayOut);
  return refused("WrongMasterKey", "secrets lie sealed in it, and no configured master key opens any", kWayOut);
}

// ---- made this argos' own --------------------------------------------------------------------------------------------------

Result<> migrated(const std::string& path, std::span<const MigrationStep> steps) {
  auto database = open_staged(path);
  if (!database) return database.error();
  const auto done = migrate(*database, steps);
  if (!done) return done.error();
  const auto desired = read_desired(*database);
  if (!desired) return desired.error();
  (void)render(*desired, CaddyAbilities{}, CaddySurroundings{});
  return {};
}

// What a former key of the ring has sealed, under the one of now: no change of what is wanted, and none is recorded.
Result<> sealed_anew(Database& database, const KeyRing& ring) {
  if (!ring.can_seal()) return {};
  const auto sealed = look_at_sealed(database, ring);
  if (!sealed || sealed->former.empty()) return sealed ? Result<>() : sealed.error();
  auto done = database.run("BEGIN");
  if (done) done = database.run("REPLACE INTO acting (one, actor, origin) VALUES (1, 'secrets', '')");
  for (const auto& value : sealed->former) {
    if (!done) return done;
    const auto anew = seal_anew(value, ring);
    if (!anew) return anew.error();
    done = replace_sealed(database, value, *anew);
  }
  if (done) done = database.run("DELETE FROM acting");
  return done ? database.run("COMMIT") : done;
}

// Another line of history begins: no ETag of before fits, and whoever finds the id knows that it was done.
Result<> marked(Database& database, const RestoreMarker& marker) {
  if (auto silent = database.silence_triggers(); !silent) return silent;
  auto done = database.run("UPDATE meta SET value = ? WHERE key = 'epoch'", cells(random_hex(8)));
  if (done) done = database.run("REPLACE INTO meta (key, value) VALUES ('restore', ?)", cells(marker.id));
  return done;
}

Result<> made_own(const StageWish& wish, const KeyRing& ring, JobProgress& progress) {
  auto database = open_staged(wish.into);
  if (!database) return database.error();
  database->stop_when(progress.cancelled);
  if (auto done = sealed_anew(*database, ring); !done) return done;
  return marked(*database, wish.marker);
}

// ---- the steps -------------------------------------------------------------------------------------------------------------

Result<> make_folder(const std::string& into) {
  const auto folder = fs::path(into).parent_path();
  std::error_code failed;
  fs::remove_all(folder, failed);
  fs::create_directories(folder, failed);
  if (!failed) return {};
  return Error{"CannotWrite", fmt::format("cannot make {}: {}", into, failed.message())};
}

// Its database, in the staging folder. Returns when the archive was made.
Result<std::string> fetch(const StageWish& wish, JobProgress& progress) {
  const auto archive = wish.places.archive(wish.marker);
  const auto replaced = fs::path(wish.places.database).filename().string() + ".before-restore-";
  if (!fs::path(archive).filename().string().starts_with(replaced)) {
    const auto metadata = unpack(archive, wish.marker, wish.into, progress);
    if (!metadata) return metadata.error();
    return metadata->created_at;
  }
  if (is_same_file(archive, wish.places.database))
    return refused("NotReplaced", archive + " is the database that is live: a restore was ended before it replaced it",
                   "there is nothing to undo; delete that name of it");
  if (auto copied = copy(archive, wish.into, progress); !copied) return copied.error();
  return std::string();
}

Result<> judge(const StageWish& wish, const KeyRing& ring, JobProgress& progress, std::span<const MigrationStep> steps,
               Staged& out) {
  const auto no_database = [](const Error& error) {
    return refused("NotADatabase", "argos.db in it is no database: " + error.message);
  };
  auto database = Database::open(wish.into, Database::Mode::read_write);
  if (!database) return no_database(database.error());
  database->stop_when(progress.cancelled);
  if (auto distrusted = database->distrust(); !distrusted) return no_database(distrusted.error());
  if (auto mode = database->query("PRAGMA journal_mode=DELETE"); !mode) return no_database(mode.error());
  const auto version = judged_version(*database, steps);
  if (progress.cancelled) return cancelled_error();
  if (!version) return version.error();
  out.schema_before = *version;
  const auto keys = judged_keys(*database, ring, wish.marker);
  if (!keys) return keys.error();
  out.keys = *keys;
  return {};
}

}  // namespace

Result<Database> open_staged(const std::string& path) {
  auto database = Database::open(path, Database::Mode::read_write);
  if (!database) return database;
  if (auto set = database->script("PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY"); !set) return set.error();
  return database;
}

Result<Staged> stage(const StageWish& wish, const KeyRing& ring, JobProgress& progress, std::span<const MigrationStep> steps) {
  Staged out{wish.into, "", 0, Standing::nothing_sealed};
  if (auto made = make_folder(wish.into); !made) return made.error();
  auto created_at = fetch(wish, progress);
  if (!created_at) return created_at.error();
  out.created_at = std::move(*created_at);
  progress.enter(JobPhase::proof, 0);
  if (auto judged = judge(wish, ring, progress, steps, out); !judged) return judged.error();
  progress.enter(JobPhase::migration, 0);
  if (auto done = migrated(wish.into, steps); !done) return done.error();
  if (!wish.keep_id) return out;
  const auto done = made_own(wish, ring, progress);
  if (progress.cancelled) return cancelled_error();
  if (!done) return done.error();
  return out;
}

}  // namespace argos
