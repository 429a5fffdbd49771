// SPDX-License-Identifier: Apache-2.0
#include "controllers/backups_look.hpp"

#include <cerrno>
#include <cstring>

#include <sys/stat.h>

#include <spdlog/fmt/fmt.h>

#include "controllers/backup_proof.hpp"
#include "runtime/archive_writer.hpp"
#include "runtime/db_snapshot.hpp"
#include "runtime/file_stamp.hpp"
#include "runtime/folder.hpp"
#include "runtime/incoming_archive.hpp"

namespace argos {
namespace {

constexpr std::chrono::seconds kSettled{2};

}  // namespace

Result<std::vector<FoundArchive>> list_archives(const std::string& folder, const std::string& database, WallTime now) {
  remove_snapshot_leftovers(database);
  remove_trial_leftovers(database);
  if (auto removed = remove_archive_leftovers(folder); !removed) return removed.error();
  if (auto removed = remove_incoming_leftovers(folder); !removed) return removed.error();
  std::vector<FoundArchive> out;
  const auto opened = Folder::open(folder);
  if (!opened) return opened.error().reason == "NotFound" ? Result<std::vector<FoundArchive>>(out) : opened.error();
  const auto entries = opened->list();
  if (!entries) return entries.error();
  for (const auto& entry : *entries) {
    struct stat about {};
    if (entry.is != Folder::Entry::Is::file || !is_archive_name(entry.name)) continue;
    if (::lstat((folder + "/" + entry.name).c_str(), &about) != 0) continue;
    const auto stamp = stamp_of(about);
    const auto age = now.time_since_epoch() - std::chrono::nanoseconds(stamp.ctime_ns);
    out.push_back({entry.name, stamp.size, stamp.mtime_ns, age >= std::chrono::nanoseconds(0) && age < kSettled});
  }
  return out;
}

Result<> delete_archive(const std::string& folder, const std::string& name) {
  const auto opened = Folder::open(folder);
  if (!opened) return opened.error();
  if (auto removed = opened->remove(name); !removed) return removed;
  return opened->sync();
}

}  // namespace argos
