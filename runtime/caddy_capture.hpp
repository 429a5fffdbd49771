// SPDX-License-Identifier: Apache-2.0
// What can be read of Caddy's data folder, file by file, for an archive: best effort. Blocks: for workers.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "model/describe.hpp"
#include "model/error.hpp"

namespace argos {

struct SkippedFile {
  std::string path;    // relative to Caddy's folder
  std::string reason;  // PermissionDenied, Gone, NotAFile, NotCaddys, Changed, CannotRead
};
BOOST_DESCRIBE_STRUCT(SkippedFile, (), (path, reason))

struct CaddyCapture {
  std::int64_t files = 0;    // that were taken
  std::int64_t skipped = 0;  // files and folders that could not be
  std::vector<SkippedFile> first_skipped;  // at most kMostSkippedNamed of them
  std::string folder_reason;  // why the folder itself cannot be read; empty: it can
};
constexpr std::size_t kMostSkippedNamed = 100;

// Where a file's bytes go: first begin(path, size), then the bytes, as many as were announced.
struct CapturedFiles {
  std::function<Result<>(const std::string& path, std::uint64_t size)> begin;
  std::function<Result<>(std::string_view)> add;
};

// No link is followed, below the folder. `never`: files and folders that are not Caddy's, wherever they lie. An error is the sink's.
Result<CaddyCapture> capture_caddy(const std::string& folder, const std::vector<std::string>& never, const CapturedFiles& into);

}  // namespace argos
