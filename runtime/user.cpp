// SPDX-License-Identifier: Apache-2.0
#include "runtime/user.hpp"

#include <array>

#include <pwd.h>

namespace argos {

std::string user_name(uid_t uid) {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) return found->pw_name;
  return "uid " + std::to_string(uid);
}

}  // namespace argos
