// SPDX-License-Identifier: Apache-2.0
// Files, so that no half of one is ever seen under its name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "model/error.hpp"

namespace argos {

// Writes a temporary file beside it, fsyncs it, renames it over `path`, fsyncs the folder. On an error nothing is left behind.
Result<> write_atomically(const std::filesystem::path& path, std::string_view contents, unsigned mode);

// The whole file. Errors: NotFound, TooLarge (more than `most` bytes), CannotRead.
Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t most = 64U << 20U);

// SHA-256 as 64 lower-case hex digits.
std::string sha256_hex(std::string_view bytes);

}  // namespace argos
