// SPDX-License-Identifier: Apache-2.0
#include "runtime/caddy_capture.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <set>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "runtime/files.hpp"

namespace argos {
namespace {

constexpr std::uint64_t kWholeInMemory = 1U << 20U;
constexpr int kDeepest = 32;

using FileId = std::pair<dev_t, ino_t>;

std::string reason_of(int code) {
  if (code == EACCES || code == EPERM) return "PermissionDenied";
  if (code == ENOENT) return "Gone";
  return code == ELOOP || code == ENXIO ? "NotAFile" : "CannotRead";
}

// CertMagic's; they are stale as soon as their owner has ended.
bool is_lock(const std::string& path) { return path.ends_with(".lock") && path.find("locks/") != std::string::npos; }

class CaddyWalk {
 public:
  CaddyWalk(const std::vector<std::string>& never, const CapturedFiles& into) : into_(into) {
    for (const auto& path : never) {
      struct stat about {};
      if (::stat(path.c_str(), &about) == 0) never_.insert({about.st_dev, about.st_ino});
    }
  }

  Result<CaddyCapture> run(const std::string& folder) {
    File top(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!top) {
      out_.folder_reason = errno == ENOENT ? "NotFound" : reason_of(errno);
      return out_;
    }
    if (auto walked = enter(std::move(top), "", 0); !walked) return walked.error();
    return std::move(out_);
  }

 private:
  void skip(const std::string& path, std::string reason) {
    ++out_.skipped;
    if (out_.first_skipped.size() < kMostSkippedNamed) out_.first_skipped.push_back({path, std::move(reason)});
  }

  Result<> skipped(const std::string& path, std::string reason) {
    skip(path, std::move(reason));
    return {};
  }

  bool is_foreign(const struct stat& about) const { return never_.contains({about.st_dev, about.st_ino}); }

  // In the order of their names: the same folder makes the same archive.
  static std::vector<std::string> names_in(const File& folder, int& failed) {
    std::vector<std::string> out;
    const int again = ::openat(folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const std::unique_ptr<DIR, int (*)(DIR*)> listed(again < 0 ? nullptr : ::fdopendir(again),
                                                     [](DIR* dir) { return ::closedir(dir); });
    if (!listed) {
      failed = errno;
      return out;
    }
    errno = 0;
    while (const auto* const found = ::readdir(listed.get())) {
      const std::string name(found->d_name);
      if (name != "." && name != "..") out.push_back(name);
    }
    failed = errno;
    std::ranges::sort(out);
    return out;
  }

  Result<> enter(File folder, const std::string& path, int depth) {
    struct stat about {};
    if (::fstat(folder.get(), &about) == 0 && is_foreign(about)) {
      skip(path.empty() ? "." : path, "NotCaddys");
      return {};
    }
    int failed = 0;
    const auto names = names_in(folder, failed);
    if (failed != 0) skip(path.empty() ? "." : path, reason_of(failed));
    for (const auto& name : names) {
      if (auto taken = take(folder, name, path.empty() ? name : path + "/" + name, depth); !taken) return taken;
    }
    return {};
  }

  // Looked at before it is opened: whoever opens and closes a database's file gives up this process's locks on it.
  Result<> take(const File& folder, const std::string& name, const std::string& path, int depth) {
    struct stat about {};
    if (::fstatat(folder.get(), name.c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0) return skipped(path, reason_of(errno));
    const bool is_folder = S_ISDIR(about.st_mode) && depth < kDeepest;
    if (!is_folder && is_lock(path)) return {};
    if (!is_folder && !S_ISREG(about.st_mode)) return skipped(path, "NotAFile");
    if (is_foreign(about)) return skipped(path, "NotCaddys");
    File file(::openat(folder.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!file || ::fstat(file.get(), &about) != 0) return skipped(path, reason_of(errno));
    if (S_ISDIR(about.st_mode)) return enter(std::move(file), path, depth + 1);
    const auto size = static_cast<std::uint64_t>(about.st_size);
    return size <= kWholeInMemory ? take_small(file, path) : take_large(file, path, size);
  }

  // Read before it is announced: whatever becomes of it meanwhile, its size is that of what was read.
  Result<> take_small(const File& file, const std::string& path) {
    const auto bytes = read_rest(file, path, 2 * kWholeInMemory);
    if (!bytes) {
      skip(path, bytes.error().reason == "TooLarge" ? "Changed" : "CannotRead");
      return {};
    }
    ++out_.files;
    if (auto begun = into_.begin(path, bytes->size()); !begun) return begun;
    return into_.add(*bytes);
  }

  // One that becomes shorter meanwhile is filled up with zeros, and counts as changed.
  Result<> take_large(const File& file, const std::string& path, std::uint64_t size) {
    if (auto begun = into_.begin(path, size); !begun) return begun;
    std::vector<char> block(kWholeInMemory);
    bool short_of_it = false;
    for (auto left = size; left > 0;) {
      const auto want = std::min<std::uint64_t>(left, block.size());
      const auto got = short_of_it ? 0 : ::read(file.get(), block.data(), want);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) {
        short_of_it = true;
        std::fill_n(block.begin(), want, '\0');
      }
      const auto count = got > 0 ? static_cast<std::uint64_t>(got) : want;
      if (auto added = into_.add({block.data(), count}); !added) return added;
      left -= count;
    }
    ++out_.files;
    if (short_of_it) skip(path, "Changed");
    return {};
  }

  const CapturedFiles& into_;
  std::set<FileId> never_;
  CaddyCapture out_;
};

}  // namespace

Result<CaddyCapture> capture_caddy(const std::string& folder, const std::vector<std::string>& never,
                                   const CapturedFiles& into) {
  return CaddyWalk(never, into).run(folder);
}

}  // namespace argos
