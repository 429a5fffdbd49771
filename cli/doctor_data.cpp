// SPDX-License-Identifier: Apache-2.0
// The doctor's checks of what lies on disk: configuration, data folder, database, manifests, certificates.
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <spdlog/fmt/fmt.h>

#include "cli/doctor.hpp"
#include "cli/output.hpp"
#include "controllers/certificate_records.hpp"
#include "controllers/manifest_folder.hpp"
#include "controllers/migrations.hpp"
#include "runtime/database.hpp"

namespace argos {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kMiB = 1ULL << 20U;

bool may_write(const fs::path& folder) { return ::access(folder.c_str(), W_OK | X_OK) == 0; }

fs::path nearest_that_exists(fs::path path) {
  std::error_code ignored;
  while (!fs::exists(path, ignored) && path.has_parent_path() && path != path.parent_path()) path = path.parent_path();
  return path;
}

bool exists(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

// The copies that a restore leaves: with one of them an absent database is no fresh start.
bool has_before_restore(const fs::path& database) {
  std::error_code failed;
  const auto prefix = database.filename().string() + ".before-restore-";
  for (fs::directory_iterator entry(database.parent_path(), failed), end; !failed && entry != end; entry.increment(failed)) {
    if (entry->path().filename().string().starts_with(prefix)) return true;
  }
  return false;
}

Diagnosis no_database(const std::string& path) {
  if (has_before_restore(path)) {
    return bad(path + " is not there, but a restore's copy of a former one is",
               "put a database back: argos makes no empty one in its place");
  }
  return fine(path + " is not there yet: argos makes it at its first start");
}

Result<std::int64_t> version_of(Database& database) {
  const auto known = database.number("SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migrations'");
  if (!known || *known == 0) return known;
  return database.number("SELECT coalesce(max(version), 0) FROM schema_migrations");
}

Diagnosis judge_version(const std::string& path, std::int64_t found) {
  const int known = schema_version();
  if (found > known) {
    return bad(fmt::format("{} has schema {}, this argos knows up to {}", path, found, known),
               "run the argos that wrote it, or restore a backup made before the upgrade");
  }
  if (found < known) {
    return warn(fmt::format("{} has schema {}, this argos brings {}", path, found, known),
                "`argos serve` migrates it: have a backup");
  }
  return fine(fmt::format("{} is whole, schema {}", path, found));
}

// None where there is no database that tells.
std::vector<PairRecord> pairs_on_record(const std::string& path) {
  constexpr int kBusyMilliseconds = 2000;
  auto database = Database::open(path, Database::Mode::read_only, kBusyMilliseconds);
  if (!database) return {};
  auto records = read_records(*database);
  return records ? std::move(*records) : std::vector<PairRecord>{};
}

Result<HeldFiles> files_in(const std::string& folder) {
  const auto opened = open_certificates(folder, false);
  if (!opened) return opened.error();
  auto entries = opened->list();
  if (!entries) return entries.error();
  HeldFiles out;
  for (auto& entry : *entries) {
    const auto name = entry.name;
    out.emplace(name, held_file(*opened, std::move(entry)));
  }
  return out;
}

Diagnosis judge_pairs(const std::string& folder, std::vector<PairRecord> records, HeldFiles files) {
  const auto pairs = records.size();
  for (auto& [name, found] : files) found.entry.owner = found.entry.group = 0;  // argos may be another user
  const auto flaws = flaws_of({.judged = {},
                               .records = std::move(records),
                               .files = std::move(files),
                               .owner = {},
                               .suspended = {},
                               .serving = {},
                               .kept_by_caddy = {}});
  if (flaws.empty()) return fine(fmt::format("{} holds {} pairs, as they were written", folder, pairs));
  const auto& first = flaws.front();
  return warn(fmt::format("{}: {} files are not as they were written, the first: {}: {}", folder, flaws.size(), first.file,
                          first.found.empty() ? "it is gone" : first.found),
              "a running argos puts them right (settings.drift.certificates)");
}

Diagnosis room_at(const fs::path& folder) {
  constexpr std::uint64_t kTooLittle = 20 * kMiB, kLittle = 200 * kMiB;
  const auto place = nearest_that_exists(fs::absolute(folder));
  struct statvfs about {};
  if (::statvfs(place.c_str(), &about) != 0) return warn(place.string() + ": " + std::strerror(errno), "mount it anew");
  const auto free = static_cast<std::uint64_t>(about.f_bavail) * about.f_frsize;
  const auto said = fmt::format("{} MiB are free at {}", free / kMiB, place.string());
  if (free < kTooLittle) return bad(said, "make room: soon nothing can be written any more");
  if (about.f_files > 0 && about.f_favail == 0)
    return bad("no file can be made at " + place.string(), "make room: inodes are used up");
  return free < kLittle ? warn(said, "make room before it is used up") : fine(said);
}

}  // namespace

Diagnosis check_configuration(const Patient& patient) {
  const auto& warnings = patient.config.warnings;
  if (warnings.empty()) return fine("the environment makes sense");
  std::string all;
  for (const auto& warning : warnings) all += (all.empty() ? "" : "; ") + warning;
  return warn(all, "`argos config` prints what is in force");
}

Diagnosis check_data_folder(const Patient& patient) {
  const auto& folder = patient.config.data_dir;
  std::error_code ignored;
  if (!exists(folder)) {
    if (may_write(nearest_that_exists(fs::absolute(folder)))) return warn(folder + " is not there", "`argos serve` makes it");
    return bad(folder + " is not there, and this user may not make it", "make it, or name another in ARGOS_DATA_DIR");
  }
  if (!fs::is_directory(folder, ignored)) return bad(folder + " is not a folder", "name one in ARGOS_DATA_DIR");
  if (!may_write(folder)) {
    return bad(fmt::format("uid {} may not write in {}", ::geteuid(), folder), "mend its owner or mode, or run as argos' user");
  }
  return fine(folder + " is there and may be written to");
}

// Each of them may be a volume of its own: the one that is worst off is what is said.
Diagnosis check_space(const Patient& patient) {
  const auto& config = patient.config;
  auto out = room_at(config.data_dir);
  for (const auto& folder :
       {fs::path(config.db_path).parent_path(), fs::path(config.backup_dir), fs::path(config.manual_certs_dir)}) {
    if (folder.empty()) continue;
    if (auto found = room_at(folder); found.outcome > out.outcome) out = std::move(found);
  }
  return out;
}

Diagnosis check_database(const Patient& patient) {
  const auto& path = patient.config.db_path;
  if (!exists(path)) return no_database(path);
  constexpr int kBusyMilliseconds = 2000;
  auto database = Database::open(path, Database::Mode::read_only, kBusyMilliseconds);
  if (!database)
    return bad(fmt::format("{}: {}", path, database.error().message), "restore a backup, or mend its owner or mode");
  const auto rows = database->query("PRAGMA quick_check(1)");
  if (!rows) return bad(fmt::format("{}: {}", path, rows.error().message), "restore a backup");
  const auto& said = rows->front().begin()->value();
  if (said != "ok") return bad(fmt::format("{} is damaged: {}", path, boost::json::serialize(said)), "restore a backup");
  const auto version = version_of(*database);
  if (!version) return bad(fmt::format("{}: {}", path, version.error().message), "restore a backup");
  return judge_version(path, *version);
}

Diagnosis check_database_mode(const Patient& patient) {
  constexpr unsigned kOthers = 0077, kAll = 07777;
  const auto& path = patient.config.db_path;
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return fine("there is none yet");
  const unsigned mode = about.st_mode & kAll;
  const auto said = fmt::format("{} has mode {:04o}", path, mode);
  if ((mode & kOthers) == 0) return fine(said);
  return warn(said + ": others may read it or write to it", "chmod 600 " + path);
}

Diagnosis check_manifests(const Patient& patient) {
  const auto& folder = patient.config.manifests_dir;
  if (folder.empty()) return fine("ARGOS_MANIFESTS_DIR is not set: there are none");
  const KeyRing ring(patient.config.master_key, patient.config.master_key_previous);
  const auto read = read_folder({folder, ring, patient.now}, {});
  if (!read.present)
    return bad(folder + " is not there: nothing is deleted, and nothing is read", "mount it, or unset ARGOS_MANIFESTS_DIR");
  if (!read.complete) return bad("a part of " + folder + " cannot be read", "mend its owner or mode");
  std::size_t objects = 0, errors = 0;
  std::string first;
  for (const auto& [name, file] : read.files) {
    objects += file->parsed.objects.size();
    errors += file->parsed.errors.size();
    if (first.empty() && !file->parsed.errors.empty()) first = file->parsed.errors.front().text();
  }
  if (errors > 0)
    return bad(fmt::format("{}: {} errors, the first: {}", folder, errors, first), "`argos status` lists them all");
  if (objects == 0) return warn(folder + " holds no object", "is it the right folder?");
  return fine(fmt::format("{} objects in {} files below {}", objects, read.files.size(), folder));
}

Diagnosis check_manual_certs(const Patient& patient) {
  const auto& folder = patient.config.manual_certs_dir;
  if (!exists(folder)) return fine(folder + " is not there: nothing needs it yet");
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) return bad(folder + " is not a folder", "name one in ARGOS_MANUAL_CERTS_DIR");
  if (!may_write(folder)) return warn(fmt::format("uid {} may not write in {}", ::geteuid(), folder), "mend its owner or mode");
  const auto records = pairs_on_record(patient.config.db_path);
  const auto files = files_in(folder);
  if (!files) return bad(files.error().message, files.error().hint);
  return judge_pairs(folder, records, *files);
}

// What seals secrets is missing, or is not what sealed them: then nothing can be sealed, or some of it cannot be read.
Diagnosis check_master_key(const Patient& patient) {
  if (!patient.keys) return warn("not looked at: " + patient.keys.error().message, patient.keys.error().hint);
  const auto said = [&](std::string_view what) { return text_at(*patient.keys, {"verdict", what}); };
  if (said("reason") == "WrongMasterKey") return bad(said("message"), said("hint"));
  if (said("status") == "False") return warn(said("message"), said("hint"));
  return fine(said("hint").empty() ? said("message") : said("message") + "; " + said("hint"));
}

}  // namespace argos
