// SPDX-License-Identifier: Apache-2.0
// Reads an archive as a stream, and says whether it is whole and holds what it should and nothing else. Blocks: for workers.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "model/archive_metadata.hpp"
#include "runtime/job_progress.hpp"

namespace argos {

struct ReadArchive {
  std::uint64_t bytes = 0;  // of the file
  std::string sha256;       // of the file; empty where it could not be read to its end
  std::int64_t mtime_ns = 0;
  std::optional<ArchiveMetadata> metadata;
  std::int64_t caddy_files = 0;
  // Why it is not good: NotFound, CannotRead, Cancelled; Truncated, Corrupt, TrailingBytes, NotATar, UnexpectedMember, TooLarge,
  // DatabaseMissing, DatabaseDiffers, MetadataMissing, MetadataInvalid.
  std::optional<Error> problem;
};

struct ArchiveReadOptions {
  bool from_disk = false;  // not what the kernel has of it in memory
  JobPhase phase = JobPhase::read;
  std::uint64_t bytes_a_second = 0;  // of the file, at the most; 0: as fast as it goes
  std::uint64_t most_unpacked = 1ULL << 40U;
  // Takes what is in it, in its order: a member's path with its first bytes, then more with the same path. An empty file comes once,
  // with none. What is taken is good only if the whole archive is.
  std::function<Result<>(std::string_view path, std::string_view bytes)> take = {};
};

// As much as an archive of that size may hold whose maker nobody knows: enough for any database, and soon the end of one that was made to
// hold up whoever reads it.
constexpr std::uint64_t most_in(std::uint64_t file_bytes) {
  constexpr std::uint64_t kAlways = 4ULL << 30U, kTimes = 200;
  return std::max(kAlways, kTimes * file_bytes);
}

// Members are argos.db, metadata.json, and files and folders below caddy/. Memory is bounded whatever the archive holds, and nothing is
// written.
ReadArchive read_archive(const std::string& path, JobProgress& progress, const ArchiveReadOptions& options = {});

// The reasons that say something of the bytes, and not of this attempt to read them.
bool is_about_bytes(const Error& problem);

}  // namespace argos
