// SPDX-License-Identifier: Apache-2.0
#include "runtime/file_tree.hpp"

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

namespace argos {
namespace {

constexpr unsigned kPermissions = 07777;

FileKind kind_of(mode_t mode) {
  if (S_ISREG(mode)) return FileKind::file;
  if (S_ISLNK(mode)) return FileKind::link;
  if (S_ISSOCK(mode)) return FileKind::socket;
  return S_ISFIFO(mode) ? FileKind::fifo : FileKind::device;
}

std::string target_of(const std::string& path) {
  std::array<char, PATH_MAX> out{};
  const auto length = ::readlink(path.c_str(), out.data(), out.size());
  return {out.data(), length < 0 ? 0 : static_cast<std::size_t>(length)};
}

class Walk {
 public:
  explicit Walk(Tree& into) : into_(into) {}

  void begin(const std::string& path) {
    struct stat about {};
    if (::stat(path.c_str(), &about) == 0) return S_ISDIR(about.st_mode) ? enter(path) : look_at(path);
    (errno == ENOENT || errno == ENOTDIR ? into_.missing : into_.unreadable).emplace(path, std::strerror(errno));
  }

 private:
  void enter(const std::string& folder) {
    for (const auto& name : names_in(folder)) look_at(folder.ends_with('/') ? folder + name : folder + "/" + name);
  }
  void look_at(const std::string& path) {
    struct stat about {};
    if (::lstat(path.c_str(), &about) != 0) return fail(path);
    S_ISDIR(about.st_mode) ? enter(path) : add(path, about);
  }
  // All of them first: a deep tree needs no more than one open folder.
  std::vector<std::string> names_in(const std::string& folder) {
    std::vector<std::string> out;
    const std::unique_ptr<DIR, int (*)(DIR*)> listed(::opendir(folder.c_str()), [](DIR* dir) { return ::closedir(dir); });
    errno = listed ? 0 : errno;
    while (const auto* const found = listed ? ::readdir(listed.get()) : nullptr) {
      const std::string_view name(found->d_name);
      if (name != "." && name != "..") out.emplace_back(name);
    }
    if (errno != 0) fail(folder);
    return out;
  }
  void add(const std::string& path, const struct stat& about) {
    TreeEntry entry{kind_of(about.st_mode), stamp_of(about), about.st_mode & kPermissions, {}};
    if (entry.kind == FileKind::link) entry.target = target_of(path);
    into_.entries.emplace(path, std::move(entry));
  }
  void fail(const std::string& path) {
    if (errno != ENOENT) into_.unreadable.emplace(path, std::strerror(errno));
  }

  Tree& into_;
};

}  // namespace

Tree read_tree(const Places& places) {
  Tree out;
  for (const auto& place : places) Walk(out).begin(place);
  return out;
}

}  // namespace argos
