// SPDX-License-Identifier: Apache-2.0
// The manifests that -f names.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "manifests/manifest.hpp"

namespace argos {

// Everything that the paths hold.
struct Gathered {
  std::map<std::string, std::string> texts;  // by file
  std::vector<ManifestObject> objects;
  std::vector<ManifestError> errors;
  std::vector<Key> invalid;
  bool unreadable = false;  // something could not even be named: whether it is still wanted is unknown

  bool nothing() const { return texts.empty() && errors.empty(); }
};

// Files, folders (*.yaml and *.yml, sub-folders too), "-" for stdin.
Gathered gather(const std::vector<std::string>& paths);
// Its errors on stderr, each with file, line and column.
void complain_about(const Gathered& gathered);

}  // namespace argos
