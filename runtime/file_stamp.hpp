// SPDX-License-Identifier: Apache-2.0
// What tells a file from what it was, without reading it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "runtime/clock.hpp"

struct stat;

namespace argos {

// What the file system says of a file. Nobody changes the bytes and leaves all of it as it was, save below the file system.
struct FileStamp {
  std::int64_t size = 0, mtime_ns = 0, ctime_ns = 0;
  std::int64_t inode = 0;
  bool operator==(const FileStamp&) const = default;
};
FileStamp stamp_of(const struct stat& about);

// A change within one tick of the file system's clock leaves no trace in the stamp: `now`, when it was taken, must be later than that.
bool is_settled(const FileStamp& stamp, WallTime now);

// Of a regular file, links followed; none of anything else, and of a file that changed a moment ago.
std::optional<FileStamp> settled_stamp(const std::filesystem::path& path, WallTime now);

}  // namespace argos
