// SPDX-License-Identifier: Apache-2.0
#include "runtime/partial_file.hpp"

#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/archive_output.hpp"
#include "runtime/folder.hpp"

namespace argos {
namespace {

constexpr unsigned kOwnersAlone = 0600;

int rename_over_nothing(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  struct stat about {};
  if (::lstat(to.c_str(), &about) == 0) return EEXIST;
  return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

}  // namespace

PartialFile::~PartialFile() {
  if (!placed_) ::unlink(path().c_str());
}

Result<File> PartialFile::open() const {
  File file(::open(path().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kOwnersAlone));
  if (!file) return write_failure(errno, "make", path());
  return file;
}

Result<> PartialFile::place(const std::string& name) {
  const auto target = folder_ + "/" + name;
  const int code = rename_over_nothing(path(), target);
  if (code == EEXIST) return Error{"AlreadyExists", target + " is there already", "give it another name", Retry::never};
  if (code != 0) return write_failure(code, "rename into", target);
  placed_ = true;
  const auto folder = Folder::open(folder_);
  return folder ? folder->sync() : folder.error();
}

}  // namespace argos
