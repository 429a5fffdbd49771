// SPDX-License-Identifier: Apache-2.0
// A list of files that the operator keeps: what `argos integrity baseline` wrote, or sha256sum.
#pragma once

#include <string>
#include <vector>

#include "model/error.hpp"
#include "model/integrity.hpp"

namespace argos {

struct FileList {
  Places places;  // that it is a list of; sha256sum's lists do not say
  ByPath<FileState> files;
  bool only_files = false;  // it knows of no links and the like
};

Result<FileList> read_list(const std::string& path);
boost::json::value to_json(const FileList& list);
std::string checksums_of(const FileList& list);  // as `sha256sum -c` reads it

}  // namespace argos
