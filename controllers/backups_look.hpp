// SPDX-License-Identifier: Apache-2.0
// The parts of the work on archives that block on the disk, for a worker.
#pragma once

#include <string>
#include <vector>

#include "controllers/backups_decide.hpp"

namespace argos {

// The archives in the folder, after what dead runs left behind is gone. A folder that is not there has none.
Result<std::vector<FoundArchive>> list_archives(const std::string& folder, const std::string& database, WallTime now);

// Being gone already is no error.
Result<> delete_archive(const std::string& folder, const std::string& name);

}  // namespace argos
