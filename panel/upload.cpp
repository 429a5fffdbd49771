// SPDX-License-Identifier: Apache-2.0
#include "panel/upload.hpp"

#include <filesystem>

namespace argos {

Task<Result<>> Upload::begin(std::string name, std::uint64_t bytes) {
  name_ = std::move(name);
  auto open = [folder = folder_, name = name_, bytes]() -> Result<std::shared_ptr<IncomingArchive>> {
    std::error_code none;  // a name that no file can have
    if (std::filesystem::exists(folder + "/" + name, none))
      return Error{"AlreadyExists", "there is an archive " + name + " already", "give this one another name", Retry::never};
    auto opened = IncomingArchive::open(folder, bytes);
    if (!opened) return opened.error();
    return std::make_shared<IncomingArchive>(std::move(*opened));
  };
  auto opened = co_await workers_.run(std::move(open));
  if (!opened) co_return opened.error();
  archive_ = std::move(*opened);
  co_return Result<>{};
}

Task<Result<>> Upload::take(std::string part) {
  auto write = [archive = archive_, part = std::move(part)] { return archive->write(part); };
  co_return co_await workers_.run(std::move(write));
}

Task<Result<ReadArchive>> Upload::keep() {
  auto job = [archive = archive_, name = name_] {
    JobProgress progress;
    return archive->keep(name, progress);
  };
  co_return co_await workers_.run(std::move(job));
}

}  // namespace argos
