// SPDX-License-Identifier: Apache-2.0
// The folder of certificates: its names, what lies in it, pairs written whole. Blocks: for workers.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/folder.hpp"

namespace argos {

// Names that argos gives. A pair's: <host>.<pair>.crt and .key; for people: <host>.crt and .key, links to the newest.
struct OwnName {
  enum class What { none, pair, link, temporary };
  What what = What::none;
  std::string stem;  // <host>.<pair>, or <host>
};
OwnName own_name(std::string_view name);

// "<host>.<pair>" of what a configuration of Caddy's loads.
std::set<std::string> pairs_named_in(std::string_view document);

// First 12 hex digits of SHA-256(certificate file, key file).
std::string pair_id(std::string_view crt, std::string_view key);

struct HeldFile {
  Folder::Entry entry;
  std::string sha256;  // of a pair's file
  std::string target;  // of a link
};
using HeldFiles = std::map<std::string, HeldFile, std::less<>>;  // by name

// Whose the files are: this process's, and the folder's group where that may be given.
struct FileOwner {
  unsigned owner = 0, group = 0;
};
constexpr unsigned kCertificateMode = 0644, kKeyMode = 0640;
unsigned mode_of(std::string_view file);

// Refuses a folder that is a link. `make`: where there is none. Errors: NotFound, NotAFolder, CannotWrite.
Result<Folder> open_certificates(const std::string& path, bool make);
Result<FileOwner> owner_in(const Folder& folder);
HeldFile held_file(const Folder& folder, Folder::Entry entry);
// Both files, complete; lasting only after Folder::sync().
struct StagedPair {
  Folder::Staged key, crt;
};
Result<StagedPair> stage_pair(const Folder& folder, const std::string& stem, std::string_view crt, std::string_view key,
                              unsigned group);
Result<> place_pair(const Folder& folder, StagedPair pair);

}  // namespace argos
