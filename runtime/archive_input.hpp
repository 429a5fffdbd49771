// SPDX-License-Identifier: Apache-2.0
// An archive's file on its way to whoever unpacks it: hashed, throttled, counted.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/file_stamp.hpp"
#include "runtime/files.hpp"
#include "runtime/hashing.hpp"
#include "runtime/job_progress.hpp"

namespace argos {

class ArchiveInput {
 public:
  // Errors: NotFound, CannotRead. Regular files only; no link is followed in the last place.
  static Result<ArchiveInput> open(const std::string& path, bool from_disk);

  // Of the file, at the most; 0: as fast as it goes.
  void throttle(std::uint64_t bytes_a_second) { bytes_a_second_ = bytes_a_second; }
  // The next bytes, valid until the next call; empty at the end. Errors: CannotRead, Cancelled.
  Result<std::string_view> next(JobProgress& progress);
  // Of all of it, once; what was not read yet is read.
  Result<std::string> sha256(JobProgress& progress);
  const FileStamp& stamp() const { return stamp_; }

 private:
  ArchiveInput(std::string path, File file, FileStamp stamp);
  void rest() const;

  std::string path_;
  File file_;
  FileStamp stamp_;
  std::vector<char> block_;
  Sha256 hash_;
  std::uint64_t taken_ = 0, bytes_a_second_ = 0;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

}  // namespace argos
