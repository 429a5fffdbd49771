// SPDX-License-Identifier: Apache-2.0
// `token create | list | revoke`.
#include <iostream>

#include <boost/json.hpp>
#include <unistd.h>

#include "cli/accounts.hpp"
#include "cli/app.hpp"
#include "cli/commands.hpp"
#include "model/text.hpp"
#include "runtime/api_tokens.hpp"
#include "runtime/user.hpp"
#include "runtime/users.hpp"

namespace argos {
namespace {

Result<NewToken> typed_token(const TokenOptions& options) {
  if (auto well = typed_well(validate_token_name(options.name)); !well) return well.error();
  const auto role = typed_role(options.role);
  if (!role) return role.error();
  const auto expires = parse_expiry(options.expires, std::chrono::system_clock::now());
  if (!expires)
    return Error{"Invalid", "'" + shown(options.expires) + "' is no span of time", "write 90d, 12h or never", Retry::never};
  return NewToken{options.name, *role, "", user_name(::geteuid()), *expires};
}

}  // namespace

int token_create(const TokenOptions& options) {
  const auto wanted = typed_token(options);
  if (!wanted) return fail_or_misused(wanted.error());
  Secret token;
  const auto done = write_accounts("argos token create", [&](Database& database) -> Result<> {
    auto made = create_token(database, *wanted, std::chrono::system_clock::now());
    if (!made) return made.error();
    token = std::move(*made);
    return {};
  });
  if (!done) return fail_or_misused(done.error());
  if (options.format == Format::table) {
    std::cout << token.text() << "\n" << std::flush;
    complain("this is shown once; keep it where programs keep secrets");
  } else {
    print(options.format, boost::json::object{{"name", wanted->name},
                                              {"role", enum_text(wanted->role)},
                                              {"expiresAt", time_or_null(wanted->expires)},
                                              {"token", token.text()}});
  }
  return kDone;
}

int token_revoke(const TokenOptions& options) {
  const auto done =
      write_accounts("argos token revoke", [&](Database& database) { return revoke_token(database, options.name); });
  if (!done) return fail_or_misused(done.error());
  std::cout << options.name << " is revoked\n";
  return kDone;
}

int token_list(Format format) {
  boost::json::array items;
  Table table({"NAME", "ROLE", "OWNER", "EXPIRES", "LAST USE", "FROM"});
  const auto time = [](WallTime at) { return at == WallTime{} ? std::string("never") : to_rfc3339(at); };
  const auto read = read_accounts([&](Database& database) -> Result<> {
    const auto tokens = list_tokens(database);
    if (!tokens) return tokens.error();
    for (const auto& token : *tokens) {
      items.push_back(to_json(token));
      table.add({token.name, enum_text(token.role), token.owner.empty() ? "-" : token.owner, time(token.expires),
                 time(token.used), token.used_from.empty() ? "-" : token.used_from});
    }
    return {};
  });
  if (!read) return fail_or_misused(read.error());
  print_list(format, table, std::move(items));
  return kDone;
}

}  // namespace argos
