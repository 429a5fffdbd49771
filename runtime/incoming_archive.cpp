// SPDX-License-Identifier: Apache-2.0
#include "runtime/incoming_archive.hpp"

#include <cerrno>
#include <chrono>
#include <filesystem>

#include <sys/stat.h>
#include <unistd.h>

#include "runtime/archive_output.hpp"
#include "runtime/db_snapshot.hpp"
#include "runtime/file_stamp.hpp"
#include "runtime/folder.hpp"
#include "runtime/random.hpp"

namespace argos {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBegins = ".incoming-", kEnds = ".partial";
constexpr std::uint64_t kKeptFree = 16U << 20U;  // bytes, for what others write meanwhile
constexpr std::chrono::hours kAbandoned{1};

bool is_incoming(std::string_view name) { return name.starts_with(kBegins) && name.ends_with(kEnds); }

bool is_abandoned(const std::string& path) {
  struct stat about {};
  if (::lstat(path.c_str(), &about) != 0) return false;
  const auto age = std::chrono::system_clock::now().time_since_epoch() - std::chrono::nanoseconds(stamp_of(about).mtime_ns);
  return age > kAbandoned;
}

}  // namespace

Result<IncomingArchive> IncomingArchive::open(const std::string& folder, std::uint64_t bytes) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) return write_failure(failed.value(), "make", folder);
  if (auto room = check_free_space(folder, bytes + kKeptFree); !room) return room.error();
  PartialFile partial(folder, std::string(kBegins) + random_hex(8) + std::string(kEnds));
  auto file = partial.open();
  if (!file) return file.error();
  return IncomingArchive(std::move(partial), std::move(*file));
}

Result<> IncomingArchive::write(std::string_view part) {
  bytes_ += part.size();
  if (!file_.write(part)) return write_failure(errno, "write", partial_.path());
  return {};
}

Result<ReadArchive> IncomingArchive::keep(const std::string& name, JobProgress& progress) {
  if (!file_.finish()) return write_failure(errno, "write", partial_.path());
  auto read = read_archive(partial_.path(), progress, {.most_unpacked = most_in(bytes_)});
  if (read.problem) return *read.problem;
  if (auto placed = partial_.place(name); !placed) return placed.error();
  return read;
}

Result<> remove_incoming_leftovers(const std::string& folder) {
  return remove_files(
      folder, [&](std::string_view name) { return is_incoming(name) && is_abandoned(folder + "/" + std::string(name)); });
}

}  // namespace argos
