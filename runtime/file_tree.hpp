// SPDX-License-Identifier: Apache-2.0
// What lies below a folder, links not followed.
#pragma once

#include <string>

#include "model/integrity.hpp"
#include "runtime/hashing.hpp"

namespace argos {

struct TreeEntry {
  FileKind kind = FileKind::file;
  FileStamp stamp;
  unsigned mode = 0;   // its permissions
  std::string target;  // of a link
};

struct Tree {
  ByPath<TreeEntry> entries;       // of whatever is no folder
  ByPath<std::string> unreadable;  // why
  ByPath<std::string> missing;     // which of the places is not there, and why
};

// Blocks: for workers. A place that is a link to a folder is followed, and nothing below it is. What goes while it
// is looked at is not there.
Tree read_tree(const Places& places);

}  // namespace argos
