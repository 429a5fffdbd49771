// SPDX-License-Identifier: Apache-2.0
// SHA-256 of files, read in parts: never a whole one in memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/error.hpp"
#include "runtime/file_stamp.hpp"
#include "runtime/files.hpp"

struct evp_md_ctx_st;

namespace argos {

class Sha256 {
 public:
  Sha256();
  void add(std::string_view bytes);
  std::string hex();  // 64 lower-case digits, once

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

// One file on its way through SHA-256. One thread at a time.
class FileHash {
 public:
  enum class From { anywhere, disk };  // disk: what the kernel still has of it in memory is let go of first

  // Opens regular files only; follows no link in the last place, waits for no fifo. Errors: NotFound, NotAFile, CannotRead.
  static Result<FileHash> open(const std::filesystem::path& path, From from = From::anywhere);

  // Takes up to `most` more bytes, and says how many: 0 at the end. What is written behind the end that it had is not taken.
  Result<std::uint64_t> advance(std::uint64_t most);
  // At the end. Errors: NotFound, and Moved where it was changed, or another put in its place, while it was read.
  Result<std::string> hex();

  const FileStamp& stamp() const { return stamp_; }
  std::uint64_t left() const { return left_; }

 private:
  FileHash(std::filesystem::path path, File file, FileStamp stamp);

  std::filesystem::path path_;
  File file_;
  FileStamp stamp_;
  std::uint64_t left_;
  Sha256 hash_;
  std::vector<char> block_;
};

// All of it at once.
Result<std::string> sha256_of_file(const std::filesystem::path& path);

}  // namespace argos
