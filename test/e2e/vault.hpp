// SPDX-License-Identifier: Apache-2.0
// A database in which secrets lie sealed, under this master key or that, seen from outside of argos.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/key_ring.hpp"
#include "test/support/support.hpp"

namespace argos::test {

inline const std::vector<std::string> kMasterKeys{std::string(64, 'a'), std::string(64, 'b'), std::string(64, 'c'),
                                                  std::string(64, 'd')};

// For start_argos().
std::map<std::string, std::string> master_keys(const std::string& current, const std::vector<std::string>& previous = {});

class Vault {
 public:
  // Makes the database where there is none.
  explicit Vault(std::string path);

  // The certificate c<number>, whose private key is sealed under that master key.
  void hold(int number, const std::string& master_key) const;
  static std::string plain(const std::string& name) { return "the private key of " + name; }

  // Everything that lies sealed is under this key, and opens as what it is.
  bool is_under(const std::string& master_key) const;
  // What does not open as what it is with any of these keys, or is not the same in its row and in its last revision; empty: all does.
  std::string damage(const std::vector<std::string>& master_keys) const;
  // Byte for byte.
  std::string bytes() const;

 private:
  Rows query(const std::string& sql) const;
  std::string path_;
};

}  // namespace argos::test
