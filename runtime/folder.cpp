// SPDX-License-Identifier: Apache-2.0
#include "runtime/folder.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <spdlog/fmt/fmt.h>

namespace argos {
namespace {

constexpr unsigned kAllModes = 07777;
constexpr std::string_view kTemporary = ".tmp-";

// A path would lead out of the folder.
bool is_single(std::string_view name) {
  return !name.empty() && name.find('/') == std::string_view::npos && name != "." && name != "..";
}

bool give(int file, const Access& access) {
  constexpr auto kSame = static_cast<uid_t>(-1);
  return (!access.group || ::fchown(file, kSame, *access.group) == 0) && ::fchmod(file, access.mode) == 0;
}

Folder::Entry::Is is(mode_t mode) {
  if (S_ISREG(mode)) return Folder::Entry::Is::file;
  if (S_ISLNK(mode)) return Folder::Entry::Is::link;
  return S_ISDIR(mode) ? Folder::Entry::Is::folder : Folder::Entry::Is::other;
}

Folder::Entry entry(std::string name, const struct stat& about) {
  return {std::move(name), is(about.st_mode), about.st_mode & kAllModes, about.st_uid, about.st_gid};
}

}  // namespace

std::string temporary_name(std::string_view name) { return fmt::format("{}{}{}", name, kTemporary, ::getpid()); }

bool is_temporary(std::string_view name) {
  const auto at = name.rfind(kTemporary);
  if (at == std::string_view::npos) return false;
  const auto number = name.substr(at + kTemporary.size());
  return !number.empty() && number.find_first_not_of("0123456789") == std::string_view::npos;
}

Result<> Folder::check(const std::string& name) const {
  if (is_single(name)) return {};
  return Error{"CannotWrite", "'" + name + "' is no name for a file in " + path_.string(), "", Retry::never};
}

Error Folder::failure(std::string_view what, const std::string& name) const {
  const int code = errno;
  const char* const reason = code == ENOENT ? "NotFound" : code == ENOSPC || code == EDQUOT ? "DiskFull" : "CannotWrite";
  return {reason, fmt::format("cannot {} {}: {}", what, (path_ / name).string(), std::strerror(code)), "", Retry::backoff};
}

Result<Folder> Folder::open(const std::filesystem::path& path, Links links) {
  const auto named = path.empty() ? std::filesystem::path(".") : path;
  const int no_link = links == Links::refuse ? O_NOFOLLOW : 0;
  File file(::open(named.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | no_link));
  Folder out(named, std::move(file));
  if (out.file_) return out;
  if (links == Links::refuse && (errno == ELOOP || errno == ENOTDIR)) {
    return Error{"NotAFolder", named.string() + " is a link or no folder: argos writes nothing there", "name the folder itself",
                 Retry::backoff};
  }
  return out.failure("open", "");
}

Result<Folder::Entry> Folder::self() const {
  struct stat about {};
  if (::fstat(file_.get(), &about) != 0) return failure("look at", "");
  return entry("", about);
}

Result<std::vector<Folder::Entry>> Folder::list() const {
  const int again = ::openat(file_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> names(again < 0 ? nullptr : ::fdopendir(again),
                                                  [](DIR* dir) { return ::closedir(dir); });
  if (!names) return failure("list", "");
  std::vector<Entry> out;
  errno = 0;
  while (const auto* const found = ::readdir(names.get())) {
    std::string name(found->d_name);
    struct stat about {};
    if (name == "." || name == "..") continue;
    if (::fstatat(file_.get(), name.c_str(), &about, AT_SYMLINK_NOFOLLOW) == 0) out.push_back(entry(std::move(name), about));
    errno = 0;  // one that is gone meanwhile is not there
  }
  if (errno != 0) return failure("list", "");
  return out;
}

Result<std::string> Folder::read(const std::string& name, std::uint64_t most) const {
  if (auto single = check(name); !single) return single.error();
  const auto cannot = [&](const char* why) {
    return Error{errno == ENOENT ? "NotFound" : "CannotRead", fmt::format("cannot read {}: {}", (path_ / name).string(), why),
                 "", Retry::backoff};
  };
  const File file(::openat(file_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat about {};
  if (!file || ::fstat(file.get(), &about) != 0) return cannot(std::strerror(errno));
  if (!S_ISREG(about.st_mode)) return cannot("it is no file");
  return read_rest(file, path_ / name, most);
}

Result<std::string> Folder::target(const std::string& name) const {
  if (auto single = check(name); !single) return single.error();
  std::array<char, 4096> out{};
  const auto length = ::readlinkat(file_.get(), name.c_str(), out.data(), out.size());
  if (length < 0) return failure("follow", name);
  return std::string(out.data(), static_cast<std::size_t>(length));
}

Folder::Staged::~Staged() {
  if (folder_ != nullptr) ::unlinkat(folder_->file_.get(), temporary_name(name_).c_str(), 0);
}

Result<> Folder::write(const std::string& name, std::string_view contents, const Access& access) const {
  auto staged = stage(name, contents, access);
  return staged ? place(std::move(*staged)) : staged.error();
}

Result<> Folder::place(Staged staged) const {
  const auto temporary = temporary_name(staged.name_);
  if (::renameat(file_.get(), temporary.c_str(), file_.get(), staged.name_.c_str()) != 0)
    return failure("rename into", staged.name_);
  staged.folder_ = nullptr;
  return {};
}

Result<Folder::Staged> Folder::stage(const std::string& name, std::string_view contents, const Access& access) const {
  if (auto single = check(name); !single) return single.error();
  const auto temporary = temporary_name(name);
  ::unlinkat(file_.get(), temporary.c_str(), 0);
  File file(::openat(file_.get(), temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return failure("write", name);
  Staged staged(*this, name);
  if (!file.write(contents)) return failure("write", name);
  if (!give(file.get(), access)) return failure("set the mode of", name);
  if (::fsync(file.get()) != 0) return failure("fsync", name);
  if (!file.close()) return failure("close", name);
  return staged;
}

Result<> Folder::link(const std::string& name, const std::string& target) const {
  if (auto single = check(name); !single) return single;
  const auto temporary = temporary_name(name);
  ::unlinkat(file_.get(), temporary.c_str(), 0);
  if (::symlinkat(target.c_str(), file_.get(), temporary.c_str()) != 0) return failure("link", name);
  return place(Staged(*this, name));
}

Result<> Folder::set_access(const std::string& name, const Access& access) const {
  if (auto single = check(name); !single) return single;
  const File file(::openat(file_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file || !give(file.get(), access)) return failure("set the mode of", name);
  return {};
}

Result<> Folder::remove(const std::string& name) const {
  if (auto single = check(name); !single) return single;
  if (::unlinkat(file_.get(), name.c_str(), 0) == 0 || errno == ENOENT) return {};
  return failure("remove", name);
}

Result<> Folder::sync() const {
  if (::fsync(file_.get()) != 0) return failure("fsync", "");
  return {};
}

Result<> remove_files(const std::filesystem::path& folder, const std::function<bool(std::string_view name)>& is_one) {
  const auto opened = Folder::open(folder);
  if (!opened) return opened.error().reason == "NotFound" ? Result<>() : opened.error();
  const auto entries = opened->list();
  if (!entries) return entries.error();
  for (const auto& entry : *entries) {
    if (!is_one(entry.name)) continue;
    if (auto removed = opened->remove(entry.name); !removed) return removed;
  }
  return {};
}

}  // namespace argos
