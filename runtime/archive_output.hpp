// SPDX-License-Identifier: Apache-2.0
// The second thread of an archive in the making: compresses, hashes and writes what the first one hands it, chunk by chunk.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "runtime/files.hpp"
#include "runtime/gzip.hpp"
#include "runtime/hashing.hpp"

namespace argos {

class ArchiveOutput {
 public:
  struct Made {
    std::uint64_t bytes = 0;
    std::string sha256;
  };

  // `shown` names the file in errors.
  ArchiveOutput(File file, std::string shown);
  ~ArchiveOutput();
  ArchiveOutput(const ArchiveOutput&) = delete;
  ArchiveOutput& operator=(const ArchiveOutput&) = delete;

  // Waits while too much is waiting. False: writing has failed; finish() says why.
  bool push(std::vector<char> chunk);
  // The rest is written, the file fsynced and closed. Errors: NoSpace, CannotWrite.
  Result<Made> finish();

 private:
  void work();
  Result<> write(std::string_view bytes);
  void write_back();
  Result<> close();
  Error failure(const char* what) const;
  void fail(const Error& error);
  bool take(std::vector<char>& chunk);  // false: there is no more
  void end();

  static constexpr std::size_t kMostWaiting = 6;  // chunks
  static constexpr std::uint64_t kWriteBack = 8U << 20U;  // bytes

  // The second thread's own
  File file_;
  std::string shown_;
  Gzip gzip_;
  Sha256 hash_;
  std::uint64_t bytes_ = 0, on_their_way_ = 0;
  // Shared
  std::mutex mutex_;
  std::condition_variable moved_;
  std::deque<std::vector<char>> waiting_;
  bool last_ = false, abandoned_ = false;
  std::optional<Error> failed_;

  std::thread thread_;  // the last member: it begins when all others are there
};

// NoSpace for a full disk or a used-up quota, else CannotWrite.
Error write_failure(int code, std::string_view what, const std::string& shown);

}  // namespace argos
