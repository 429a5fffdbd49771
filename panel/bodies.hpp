// SPDX-License-Identifier: Apache-2.0
// What is sent to the routes about accounts and restores, as it is sent: one description reads it and is its schema.
#pragma once

#include <optional>
#include <string>

#include "model/describe.hpp"

namespace argos {

struct LoginBody {
  std::string user, password;
  std::string code;  // of the second factor
};
BOOST_DESCRIBE_STRUCT(LoginBody, (), (user, password, code))

struct ConfirmBody {
  std::string password;
};
BOOST_DESCRIBE_STRUCT(ConfirmBody, (), (password))

struct ChangePasswordBody {
  std::string current_password, new_password;
};
BOOST_DESCRIBE_STRUCT(ChangePasswordBody, (), (current_password, new_password))

struct CodeBody {
  std::string code;
};
BOOST_DESCRIBE_STRUCT(CodeBody, (), (code))

struct NewUserBody {
  std::string name, role = "viewer";
  std::string password;  // empty: one is made up and shown this once
};
BOOST_DESCRIBE_STRUCT(NewUserBody, (), (name, role, password))

struct UserChangeBody {
  std::optional<std::string> role;
  std::optional<bool> disabled;
};
BOOST_DESCRIBE_STRUCT(UserChangeBody, (), (role, disabled))

struct ResetPasswordBody {
  std::string password;  // empty: one is made up and shown this once
};
BOOST_DESCRIBE_STRUCT(ResetPasswordBody, (), (password))

struct NewTokenBody {
  std::string name, role = "viewer";
  std::string expires = "90d";  // or never
};
BOOST_DESCRIBE_STRUCT(NewTokenBody, (), (name, role, expires))

struct RestoreBody {
  std::string archive;  // its name in the folder of archives
  std::optional<std::string> sha256;
  bool without_secrets = false;
};
BOOST_DESCRIBE_STRUCT(RestoreBody, (), (archive, sha256, without_secrets))

}  // namespace argos
