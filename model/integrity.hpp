// SPDX-License-Identifier: Apache-2.0
// What files are meant to be, what they are, and how the two differ.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "model/describe.hpp"

namespace argos {

enum class FileKind { file, link, socket, fifo, device };
BOOST_DESCRIBE_ENUM(FileKind, file, link, socket, fifo, device)

struct FileState {
  FileKind kind = FileKind::file;
  std::string content;           // a file's SHA-256, a link's target; of the others nothing
  std::optional<unsigned> mode;  // of a file, where it is known
  bool operator==(const FileState&) const = default;
};

// By absolute path, in the order of its bytes; so what is below a folder is in one piece.
template <class T>
using ByPath = std::map<std::string, T, std::less<>>;

struct ExpectedFile {
  FileState state;
  bool required = true;  // false: it may be absent
};
using ExpectedFiles = ByPath<ExpectedFile>;

struct FoundFiles {
  ByPath<FileState> files;
  ByPath<std::string> unreadable;  // files and folders: why
  ByPath<std::string> missing;     // folders that somebody named: why
};

enum class FileChange { changed, added, removed, mode, unreadable };
BOOST_DESCRIBE_ENUM(FileChange, changed, added, removed, mode, unreadable)

struct FileDifference {
  std::string path;
  FileChange change = FileChange::changed;
  std::optional<FileState> wanted, found;
  std::string why;  // it cannot be read
  bool operator==(const FileDifference&) const = default;
};

// In the order of paths. Nothing is said of what lies below a folder that cannot be read or is missing: the folder stands for it.
std::vector<FileDifference> file_differences(const ExpectedFiles& expected, const FoundFiles& found);

// The live files of an SQLite database, which move by themselves: what ends in -wal, -shm or -journal, and argos's own database.
bool is_left_out(std::string_view path, std::string_view own_database);

// Absolute paths, each of a folder with all below it, or of a file.
using Places = std::set<std::string, std::less<>>;

// `place` itself, or below it; or so with one of them.
bool is_within(std::string_view path, std::string_view place);
bool is_within(std::string_view path, const Places& places);

// {"sha256": …, "mode": "0640"}, {"link": …}, {"kind": "socket"}.
boost::json::value to_json(const FileState& state);
std::optional<FileState> file_state_from(const boost::json::value& json);

}  // namespace argos
