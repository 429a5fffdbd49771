// SPDX-License-Identifier: Apache-2.0
// manifests, the folder: what its files say. What did not move is not read again.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "controllers/manifest_certificates.hpp"
#include "manifests/manifest.hpp"
#include "runtime/file_stamp.hpp"

namespace argos {

// One file as it was read last: parsed again only when its bytes differ.
struct ReadManifest {
  std::string bytes;  // empty where it could not be read
  ManifestFile parsed;
  ManifestCertificates certificates;
};
struct ManifestFolder {
  bool present = false;  // the folder is there
  bool complete = false;  // every file and sub-folder in it could be listed
  std::map<std::string, std::shared_ptr<const ReadManifest>> files;  // by path relative to the folder
  std::map<std::string, FileStamp> stamps;  // of those that are as they were read, as long as they have this stamp

  bool holds_the_same_as(const ManifestFolder& other) const {  // the very same files as read, not equal ones
    return present == other.present && complete == other.complete && files == other.files;
  }
};

// Reads the folder, sub-folders too, links followed, names that begin with a dot left out. `before` saves parsing again what has the
// same bytes, and reading again what has the same stamp. Stamps are taken at `now`, by the clock that files are dated with; the epoch:
// none are.
ManifestFolder read_folder(const CertificateReader& reader, const ManifestFolder& before, WallTime now = {});

// The file of that name, relative to the folder; none where there is none.
std::shared_ptr<const ReadManifest> find_file(const ManifestFolder& folder, const std::string& name);

}  // namespace argos
