// SPDX-License-Identifier: Apache-2.0
// Configurations that argos found in Caddy, had not written, and is about to replace: kept as files.
#pragma once

#include <filesystem>
#include <string>

#include "model/error.hpp"
#include "runtime/clock.hpp"

namespace argos {

constexpr std::size_t kMostFound = 30;

// Writes caddy-found-<UTC>.json (0600: it may hold secrets) and returns its path; empty where the same contents lie there already. Of
// such files the newest kMostFound are kept. Blocks.
Result<std::string> keep_found(const std::filesystem::path& folder, WallTime now, const std::string& body);

}  // namespace argos
