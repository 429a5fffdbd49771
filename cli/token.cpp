// SPDX-License-Identifier: Apache-2.0
// `token create | list | revoke`.
#include <charconv>
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

constexpr int kLongestDays = 3650;

// "90d", and what model/duration.hpp reads.
std::optional<std::chrono::milliseconds> span_from(std::string_view text) {
  int days = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), days);
  if (code == std::errc() && std::string_view(end, static_cast<std::size_t>(text.data() + text.size() - end)) == "d")
    return days > 0 && days <= kLongestDays ? std::optional<std::chrono::milliseconds>(std::chrono::hours(24 * days))
                                            : std::nullopt;
  const auto duration = parse_duration(text);
  return duration && duration->value.count() > 0 ? std::optional(duration->value) : std::nullopt;
}

Result<NewToken> typed_token(const TokenOptions& options) {
  if (auto well = typed_well(validate_token_name(options.name)); !well) return well.error();
  const auto role = typed_role(options.role);
  if (!role) return role.error();
  NewToken out{options.name, *role, "", user_name(::geteuid()), {}};
  if (options.expires == "never") return out;
  const auto span = span_from(options.expires);
  if (!span)
    return Error{"Invalid", "'" + shown(options.expires) + "' is no span of time", "write 90d, 12h or never", Retry::never};
  out.expires = std::chrono::system_clock::now() + *span;
  return out;
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
