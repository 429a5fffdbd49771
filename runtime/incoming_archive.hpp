// SPDX-License-Identifier: Apache-2.0
// An archive on its way in, from stdin or over HTTP: under a temporary name in the folder of archives until it was read and found
// whole. Blocks: for workers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/archive_reader.hpp"
#include "runtime/partial_file.hpp"

namespace argos {

class IncomingArchive {
 public:
  // The folder is made where there is none. `bytes`: as many as will come, 0 where nobody knows. Errors: NoSpace, CannotWrite.
  static Result<IncomingArchive> open(const std::string& folder, std::uint64_t bytes);
  // Errors: NoSpace, CannotWrite.
  Result<> write(std::string_view part);
  // It lasts, and is whole: then it gets its name. Errors: AlreadyExists, NoSpace, CannotWrite, those of reading an archive.
  Result<ReadArchive> keep(const std::string& name, JobProgress& progress);

 private:
  IncomingArchive(PartialFile partial, File file) : partial_(std::move(partial)), file_(std::move(file)) {}
  PartialFile partial_;
  File file_;
  std::uint64_t bytes_ = 0;
};

// What killed runs and cut connections left: nothing was added to it for an hour.
Result<> remove_incoming_leftovers(const std::string& folder);

}  // namespace argos
