// SPDX-License-Identifier: Apache-2.0
// What both `integrity` commands need: which files are meant, what they are now, and the tables that say what they are to be. They
// work on files and database themselves, whether argos runs or not.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "controllers/integrity_rows.hpp"
#include "model/integrity.hpp"
#include "runtime/config.hpp"

namespace argos {

std::string certs_of(const Config& config);  // the folder of certificates, absolute

// Absolute paths of what was typed: a path, or a volume's name. The error is one of usage.
Result<std::vector<std::string>> named_places(const std::vector<std::string>& typed, const Config& config);

struct ReadFiles {
  FoundFiles found;
  std::size_t files = 0;
  std::uint64_t bytes = 0;
};
// Reads all of them, with a progress bar.
ReadFiles read_files(const Places& places, const Config& config);
// On stderr, what could not be read. The exit status.
int complain_about_unreadable(const FoundFiles& found);

bool has_database(const Config& config);
Result<Expectations> read_expectations(const Config& config);  // nothing is expected where there is no database
Result<> write_database(const Config& config, const std::function<Result<>(Database&)>& job);  // in one transaction

}  // namespace argos
