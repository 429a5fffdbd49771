// SPDX-License-Identifier: Apache-2.0
// Secrets of a test, searched for in what programs leave behind: files, what they print, what they answer, what they tell children.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace argos::test {

// Each secret is known by its first 32 bytes: as they are, in hexadecimal, and in base64, of whatever alignment, alphabet and line
// length, alone or within something longer (a PEM block, JSON). Shorter ones, such as passwords, are known by all of it.
class Leaks {
 public:
  void keep_secret(const std::string& what, std::string_view bytes);
  // A private key in PEM: what is secret of it.
  void keep_secret_key(const std::string& what, const std::string& pem);
  // 64 hexadecimal digits.
  void keep_secret_hex(const std::string& what, const std::string& digits);

  bool keeps_any() const { return !needles_.empty(); }

  // "the master key, in base64"
  std::vector<std::string> in(std::string_view text) const;
  // "argos.log: the master key, as it is"; below that folder, links not followed, archives (*.tar.gz) member by member. A key's own file
  // (*.key) may hold it.
  std::vector<std::string> in_files(const std::filesystem::path& folder) const;
  std::vector<std::string> in_file(const std::filesystem::path& file) const;
  // In the arguments of a process and, of all that descend from it, in arguments and environments.
  std::vector<std::string> in_family(pid_t pid) const;

 private:
  struct Needle {
    std::string what, bytes;
    bool in_base64 = false;
  };
  std::vector<Needle> needles_;
};

}  // namespace argos::test
