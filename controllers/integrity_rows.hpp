// SPDX-License-Identifier: Apache-2.0
// What files are to be, as the tables of step 005 have it: what operators took down, and what argos wrote itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/integrity.hpp"
#include "runtime/clock.hpp"
#include "runtime/database.hpp"
#include "runtime/hashing.hpp"

namespace argos {

// What files are to be. Own files are those that argos wrote into the folder of certificates: whatever a baseline says, they are as
// argos recorded them; former ones may be gone. Own links are `<host>.crt` and `<host>.key`, for people, to any of a host's own files.
class Expectations {
 public:
  struct Own {
    std::string sha256;
    bool required = false;
  };

  Expectations() = default;
  Expectations(ByPath<FileState> baseline, Places places, std::string certs, ByPath<Own> own)
      : baseline_(std::move(baseline)), places_(std::move(places)), certs_(std::move(certs)), own_(std::move(own)) {}

  const ByPath<FileState>& baseline() const { return baseline_; }
  // Where something is expected: the places of the baseline and the folder of certificates.
  Places places() const;
  // The same, with another baseline.
  Expectations with(ByPath<FileState> baseline) const { return {std::move(baseline), {}, certs_, own_}; }

  bool is_own(std::string_view path, const FileState& state) const;
  // What differs within the scopes.
  std::vector<FileDifference> judge(const Places& scopes, FoundFiles found) const;

 private:
  bool is_own_link(std::string_view path, const FileState& state) const;

  ByPath<FileState> baseline_;
  Places places_;
  std::string certs_;
  ByPath<Own> own_;  // by path
};

// `certs`: the folder of certificates, absolute.
Result<Expectations> read_expectations(Database& database, const std::string& certs);

// Takes down what the files in these places are, instead of all that was taken down there before. Inside Store::write.
Result<> record_baseline(Database& database, const Places& places, const ByPath<FileState>& files, WallTime now);
// Nothing is expected there any more. False: nothing was.
Result<bool> forget_baseline(Database& database, const std::string& path);

// What was read of a file last.
struct ReadFile {
  FileStamp stamp;
  std::string sha256;
  WallTime read_at{};
  bool settled = true;  // any later change of the file will show in the stamp
};
Result<ByPath<ReadFile>> read_remembered(Database& database);
// Those that are settled.
Result<> remember(Database& database, const ByPath<ReadFile>& files);
Result<> forget_read(Database& database, const std::vector<std::string>& paths);

}  // namespace argos
