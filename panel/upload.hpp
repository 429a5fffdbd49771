// SPDX-License-Identifier: Apache-2.0
// A body too large for memory, on its way to a file: taken part by part, on workers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "runtime/incoming_archive.hpp"
#include "runtime/task.hpp"
#include "runtime/workers.hpp"

namespace argos {

// Loop thread only. What was not kept is gone with the last of its jobs.
class Upload {
 public:
  Upload(Workers& workers, std::string folder) : workers_(workers), folder_(std::move(folder)) {}

  // Errors: AlreadyExists, NoSpace, CannotWrite.
  Task<Result<>> begin(std::string name, std::uint64_t bytes);
  Task<Result<>> take(std::string part);
  // Errors: those of IncomingArchive::keep().
  Task<Result<ReadArchive>> keep();

 private:
  // Constant after construction
  Workers& workers_;
  std::string folder_;
  // Loop thread only
  std::string name_;
  std::shared_ptr<IncomingArchive> archive_;  // a job's own while it runs
};

}  // namespace argos
