// SPDX-License-Identifier: Apache-2.0
// One folder, held open: what is done in it stays in it, whatever becomes of its path or of the names in it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/files.hpp"

namespace argos {

// Who may do what with a file.
struct Access {
  unsigned mode = 0600;
  std::optional<unsigned> group;  // none: whatever it comes to have
};

// Names are single ones, a path is refused, and no call follows a link in the place of one. Any thread, one at a time.
class Folder {
 public:
  enum class Links { follow, refuse };  // where the folder's own last name is a link
  static Result<Folder> open(const std::filesystem::path& path, Links links = Links::follow);

  struct Entry {
    enum class Is { file, link, folder, other };
    std::string name;
    Is is = Is::other;
    unsigned mode = 0, owner = 0, group = 0;
  };
  Result<Entry> self() const;
  Result<std::vector<Entry>> list() const;  // in no order

  // A regular file's bytes. Errors: NotFound, TooLarge, CannotRead.
  Result<std::string> read(const std::string& name, std::uint64_t most) const;
  Result<std::string> target(const std::string& name) const;  // of a link

  // Each puts the new one in the old one's place, whatever that is, save a folder. Lasting only after sync(). On an error nothing is
  // left behind. Errors: DiskFull, CannotWrite.
  Result<> write(const std::string& name, std::string_view contents, const Access& access) const;
  // write() in two steps, for many files: each file's fsync writes out what renames left of the folder, too. All are staged, then
  // all are put in their places.
  class Staged;
  Result<Staged> stage(const std::string& name, std::string_view contents, const Access& access) const;
  Result<> place(Staged staged) const;
  Result<> link(const std::string& name, const std::string& target) const;
  Result<> set_access(const std::string& name, const Access& access) const;
  Result<> remove(const std::string& name) const;  // being gone already is no error
  Result<> sync() const;

 private:
  Folder(std::filesystem::path path, File file) : path_(std::move(path)), file_(std::move(file)) {}
  Result<> check(const std::string& name) const;
  Error failure(std::string_view what, const std::string& name) const;  // of errno

  std::filesystem::path path_;
  File file_;
};

// A file whose contents last already, under a temporary name; gone with this, unless it was put in its place.
class Folder::Staged {
 public:
  Staged(const Folder& folder, std::string name) : folder_(&folder), name_(std::move(name)) {}
  Staged(Staged&& other) noexcept : folder_(std::exchange(other.folder_, nullptr)), name_(std::move(other.name_)) {}
  Staged& operator=(Staged&&) = delete;
  ~Staged();

 private:
  friend class Folder;
  const Folder* folder_;
  std::string name_;
};

// Those of that folder whose names are such; where there is no folder, none are.
Result<> remove_files(const std::filesystem::path& folder, const std::function<bool(std::string_view name)>& is_one);

// The name under which `name` is written before it is complete; and whether a name is such a one, of whatever process.
std::string temporary_name(std::string_view name);
bool is_temporary(std::string_view name);

}  // namespace argos
