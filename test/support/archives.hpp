// SPDX-License-Identifier: Apache-2.0
// Archives in tests: made by hand, opened by others' programs, and looked into.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/archive_reader.hpp"
#include "runtime/archive_writer.hpp"
#include "runtime/files.hpp"
#include "test/support/support.hpp"

namespace argos::test {

// Path in the archive -> contents, as `tar` and gzip give them. Empty where they refuse it.
std::map<std::string, std::string> untarred(const std::string& archive);

// A gzip of a tar with those members, made by libarchive and ISA-L, of whatever types.
struct TarMember {
  std::string path, contents;
  char type = 'f';  // f file, d folder, l link, h hard link
};
void make_archive(const std::string& path, const std::vector<TarMember>& members);
std::string gzipped(const std::string& bytes);

// One that holds nothing but an `argos.db` of so many zeros: small, and long to read.
void make_bomb(const std::string& path, std::uint64_t bytes);

// Sound metadata for that database.
std::string metadata_for(const std::string& database, BackupKind kind = BackupKind::manual);

// All of an archive that is good: what a restore would find in it.
std::map<std::string, std::string> contents_of(const std::string& archive, std::optional<Error>& problem);

std::string bytes_of_file(const std::string& path);

}  // namespace argos::test
