// SPDX-License-Identifier: Apache-2.0
#include "runtime/file_stamp.hpp"

#include <sys/stat.h>

namespace argos {
namespace {

std::int64_t nanoseconds(const timespec& time) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  return time.tv_sec * kSecond + time.tv_nsec;
}

}  // namespace

FileStamp stamp_of(const struct stat& about) {
  return {about.st_size, nanoseconds(about.st_mtim), nanoseconds(about.st_ctim), static_cast<std::int64_t>(about.st_ino)};
}

bool is_settled(const FileStamp& stamp, WallTime now) {
  using namespace std::chrono_literals;
  const std::chrono::nanoseconds changed(stamp.ctime_ns);
  const auto tick = changed % 1s == 0s ? 2000ms : 50ms;  // some count whole seconds only
  return now.time_since_epoch() - changed > tick;
}

std::optional<FileStamp> settled_stamp(const std::filesystem::path& path, WallTime now) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0 || !S_ISREG(about.st_mode)) return std::nullopt;
  const auto stamp = stamp_of(about);
  return is_settled(stamp, now) ? std::optional(stamp) : std::nullopt;
}

}  // namespace argos
