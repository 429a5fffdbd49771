// SPDX-License-Identifier: Apache-2.0
// Caddy's files out of an archive, into a folder that the operator names. Blocks: for workers.
#pragma once

#include <cstdint>
#include <string>

#include "model/error.hpp"
#include "runtime/job_progress.hpp"

namespace argos {

// All of them or none: the folder is not there yet, or empty. It and the files are their owner's alone. Returns how many files there are. Errors:
// AlreadyExists, NothingCaptured, NoSpace, CannotWrite, those of reading an archive.
Result<std::int64_t> extract_caddy(const std::string& archive, const std::string& into, JobProgress& progress);

}  // namespace argos
