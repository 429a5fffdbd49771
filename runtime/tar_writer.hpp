// SPDX-License-Identifier: Apache-2.0
// A tar as a stream of chunks, by libarchive.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/condition.hpp"
#include "runtime/archive_output.hpp"

struct archive;

namespace argos {

// Regular files of mode 0600 only. Where writing has failed, the errors are those of the output.
class TarWriter {
 public:
  TarWriter(ArchiveOutput& output, WallTime time);
  ~TarWriter();
  TarWriter(const TarWriter&) = delete;
  TarWriter& operator=(const TarWriter&) = delete;

  Result<> begin(const std::string& path, std::uint64_t size);
  Result<> add(std::string_view bytes);
  Result<> finish();

 private:
  Result<> check(long code) const;
  bool take(std::string_view bytes);
  bool hand_over();

  ArchiveOutput& output_;
  WallTime time_;
  std::vector<char> chunk_;
  struct Free {
    void operator()(archive* handle) const;
  };
  std::unique_ptr<archive, Free> archive_;
};

}  // namespace argos
