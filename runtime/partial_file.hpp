// SPDX-License-Identifier: Apache-2.0
// A file under a temporary name in its folder, gone with this unless it got its own.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "runtime/files.hpp"

namespace argos {

class PartialFile {
 public:
  PartialFile(std::string folder, std::string temporary) : folder_(std::move(folder)), temporary_(std::move(temporary)) {}
  PartialFile(PartialFile&& other) noexcept
      : folder_(std::move(other.folder_)),
        temporary_(std::move(other.temporary_)),
        placed_(std::exchange(other.placed_, true)) {}
  PartialFile& operator=(PartialFile&&) = delete;
  ~PartialFile();

  std::string path() const { return folder_ + "/" + temporary_; }
  // 0600. Errors: NoSpace, CannotWrite.
  Result<File> open() const;
  // Over nothing, also where the file system cannot promise it, as long as only one argos uses the folder. Its contents are fsynced
  // already. Errors: AlreadyExists, NoSpace, CannotWrite.
  Result<> place(const std::string& name);

 private:
  std::string folder_, temporary_;
  bool placed_ = false;
};

}  // namespace argos
