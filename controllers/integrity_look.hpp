// SPDX-License-Identifier: Apache-2.0
// The parts of a look at files that block, for workers: what is there, what of it must be read, and reading it bit by bit.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controllers/integrity_rows.hpp"
#include "runtime/file_tree.hpp"

namespace argos {

struct UnreadFile {
  std::string path;
  std::uint64_t size = 0;
  FileHash::From from = FileHash::From::anywhere;
};

// What this look knows already of files, by path.
struct ReadSoFar {
  ByPath<ReadFile> done;
  ByPath<std::string> troubles;  // cannot be read: why
};

struct LookQuestion {
  std::string database, certs;
  ReadSoFar known;
  WallTime now{};
  std::chrono::hours reread{};  // how long what was read is believed, where nothing has moved
};

struct LookAnswer {
  Places places;
  std::size_t files = 0;
  std::uint64_t bytes = 0;
  std::vector<UnreadFile> unread;  // must be read before anything can be said
  std::vector<FileDifference> differences;  // where nothing is unread
  std::vector<std::string> gone;  // were read once
};
Result<LookAnswer> look(const LookQuestion& question);

// Files on their way through SHA-256, a piece at a time.
class Reading {
 public:
  struct Piece {
    std::uint64_t bytes = 0;
    ByPath<ReadFile> done;
    ByPath<std::string> troubles;
    std::vector<std::string> moved;  // while they were read
  };

  explicit Reading(std::vector<UnreadFile> files) : files_(files.begin(), files.end()) {}
  bool is_done() const { return files_.empty(); }
  std::size_t files() const { return files_.size(); }
  std::uint64_t bytes() const;  // that are left
  // At most so many more bytes, of at most so many files.
  Piece read(std::uint64_t bytes, std::size_t files, WallTime now);

 private:
  std::uint64_t read_front(std::uint64_t most, Piece& into);
  Result<std::uint64_t> advance_front(std::uint64_t most);
  void end_front(Result<std::string> sha256, Piece& into);

  std::deque<UnreadFile> files_;
  std::optional<FileHash> open_;  // the first of them
  WallTime opened_{};
};

// The thread gives way to all others, from now on.
void step_back();

}  // namespace argos
