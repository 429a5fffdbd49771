// SPDX-License-Identifier: Apache-2.0
#include "runtime/caddy_extract.hpp"

#include <cerrno>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <spdlog/fmt/fmt.h>

#include "runtime/archive_output.hpp"
#include "runtime/archive_reader.hpp"
#include "runtime/files.hpp"

namespace argos {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kCaddy = "caddy/";
constexpr unsigned kFolder = 0700, kFiles = 0600;

// A folder beside the one that is wanted, gone with this unless it took its place.
class StagingFolder {
 public:
  explicit StagingFolder(fs::path into)
      : into_(std::move(into)), path_(fmt::format("{}.partial-{}", into_.string(), ::getpid())) {}
  StagingFolder(const StagingFolder&) = delete;
  StagingFolder& operator=(const StagingFolder&) = delete;
  ~StagingFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }
  Result<> make() const {
    if (::mkdir(path_.c_str(), kFolder) != 0) return write_failure(errno, "make", path_.string());
    return {};
  }
  // rename(2) takes the place of nothing, or of an empty folder.
  Result<> place() const {
    if (::rename(path_.c_str(), into_.c_str()) == 0) return {};
    return write_failure(errno, "rename into", into_.string());
  }

 private:
  fs::path into_, path_;
};

class Extraction {
 public:
  explicit Extraction(const fs::path& folder) : folder_(folder) {}

  // `path` is one that read_archive() lets through: it leads nowhere but below "caddy/".
  Result<> take(std::string_view path, std::string_view bytes) {
    if (!path.starts_with(kCaddy)) return {};
    if (path != path_) {
      if (auto begun = begin(path); !begun) return begun;
    }
    if (!file_.write(bytes)) return write_failure(errno, "write", path_);
    return {};
  }

  Result<std::int64_t> finish() {
    if (auto closed = close(); !closed) return closed.error();
    return count_;
  }

 private:
  Result<> begin(std::string_view path) {
    if (auto closed = close(); !closed) return closed;
    const auto target = folder_ / path.substr(kCaddy.size());
    std::error_code failed;
    fs::create_directories(target.parent_path(), failed);
    if (failed) return write_failure(failed.value(), "make", target.parent_path().string());
    file_ = File(::open(target.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kFiles));
    if (!file_) return write_failure(errno, "make", target.string());
    path_ = path;
    ++count_;
    return {};
  }

  Result<> close() {
    if (file_ && !file_.finish()) return write_failure(errno, "write", path_);
    return {};
  }

  const fs::path& folder_;
  std::string path_;
  File file_;
  std::int64_t count_ = 0;
};

}  // namespace

Result<std::int64_t> extract_caddy(const std::string& archive, const std::string& into, JobProgress& progress) {
  std::error_code unknown;
  if (fs::exists(into, unknown) && !fs::is_empty(into, unknown))
    return Error{"AlreadyExists", into + " is there already, and not empty", "name a new folder", Retry::never};
  const StagingFolder staging{fs::path(absolute_path(into))};
  if (auto made = staging.make(); !made) return made.error();
  Extraction extraction(staging.path());
  ArchiveReadOptions options;
  options.take = [&](std::string_view path, std::string_view bytes) { return extraction.take(path, bytes); };
  const auto read = read_archive(archive, progress, options);
  if (read.problem) return *read.problem;
  auto count = extraction.finish();
  if (!count) return count;
  if (*count == 0) return Error{"NothingCaptured", archive + " holds none of Caddy's files", "", Retry::never};
  if (auto placed = staging.place(); !placed) return placed.error();
  return count;
}

}  // namespace argos
