// SPDX-License-Identifier: Apache-2.0
// Files, so that no half of one is ever seen under its name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "model/error.hpp"

namespace argos {

// A file descriptor that closes itself; close() tells whether that went well, since a full disk may speak only then. Where one of
// them is false, errno says why.
class File {
 public:
  explicit File(int descriptor = -1) : descriptor_(descriptor) {}
  File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  File& operator=(File&& other) noexcept;
  ~File() { close(); }

  explicit operator bool() const { return descriptor_ >= 0; }
  int get() const { return descriptor_; }
  bool write(std::string_view bytes);  // all of them
  bool finish();  // they last, and the file is closed
  bool close();

 private:
  int descriptor_;
};

// What is left to read of an open file. Errors: CannotRead, TooLarge (more than `most` bytes).
Result<std::string> read_rest(const File& file, const std::filesystem::path& shown, std::uint64_t most);

// Writes a temporary file beside it, fsyncs it, renames it over `path`, fsyncs the folder. On an error nothing is left behind.
Result<> write_atomically(const std::filesystem::path& path, std::string_view contents, unsigned mode);

// The whole file. Errors: NotFound, TooLarge (more than `most` bytes), CannotRead.
Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t most = 64U << 20U);

// From the root, without "." and ".." and a slash at its end; links stay in it.
std::string absolute_path(const std::filesystem::path& path);

// SHA-256 as 64 lower-case hex digits.
std::string sha256_hex(std::string_view bytes);

}  // namespace argos
