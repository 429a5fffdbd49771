// SPDX-License-Identifier: Apache-2.0
// Table api_tokens: how programs come in. 256 random bits, shown once; only a hash of them is kept. Called inside Store::read and
// Store::write, as an actor.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "model/account.hpp"
#include "runtime/clock.hpp"
#include "runtime/database.hpp"
#include "runtime/page.hpp"
#include "runtime/secret.hpp"

namespace argos {

constexpr std::string_view kTokenPrefix = "argos_";  // so that those who look for leaked secrets know it

struct ApiToken {
  std::string id, name;
  Role role = Role::viewer;  // a user's own never exceeds his
  std::string owner;  // a user; empty: made on this machine
  std::string created_by;
  WallTime created, expires, used;  // the epoch: never
  std::string used_from;
};

struct NewToken {
  std::string name;
  Role role = Role::viewer;
  std::string owner, created_by;
  WallTime expires;
};
// The token itself. Error: TokenExists.
Result<Secret> create_token(Database& database, const NewToken& token, WallTime now);

// One that has expired, or whose owner is gone or disabled, is none.
Result<std::optional<ApiToken>> find_token(Database& database, std::string_view token, WallTime now);
// Whether there is one of that id that opens anything.
Result<bool> is_token(Database& database, std::string_view id, WallTime now);
// By name; where an owner is named, his only.
Result<std::vector<ApiToken>> list_tokens(Database& database, const std::optional<std::string>& owner = {},
                                          const Page& page = {});
Result<> note_use(Database& database, const ApiToken& token, std::string_view address, WallTime now);
// By its name or its id. Error: NoSuchToken.
Result<> revoke_token(Database& database, std::string_view name);

boost::json::object to_json(const ApiToken& token);

}  // namespace argos
