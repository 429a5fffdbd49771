// SPDX-License-Identifier: Apache-2.0
// `user add | list | reset-password | disable | enable | disable-2fa`.
#include <iostream>
#include <iterator>

#include <boost/json.hpp>

#include "cli/accounts.hpp"
#include "cli/app.hpp"
#include "cli/commands.hpp"
#include "runtime/files.hpp"
#include "runtime/passwords.hpp"
#include "runtime/random.hpp"
#include "runtime/users.hpp"

namespace argos {
namespace {

constexpr std::size_t kMadeUp = 20;  // characters of five bits each
constexpr std::uint64_t kLongestFile = 4096;

struct Chosen {
  Secret password;
  bool made_up = false;
};

Result<std::string> first_line(const std::string& file) {
  auto text = file == "-" ? Result<std::string>(std::string(std::istreambuf_iterator<char>(std::cin), {}))
                          : read_file(file, kLongestFile);
  if (!text) return text;
  if (text->ends_with('\n')) text->pop_back();
  if (text->ends_with('\r')) text->pop_back();
  return text;
}

// What the file says, else one that nobody knows yet.
Result<Chosen> choose_password(const UserOptions& options) {
  if (options.password_file.empty()) return Chosen{Secret(random_word(kMadeUp)), true};
  auto text = first_line(options.password_file);
  if (!text) return text.error();
  Chosen out{Secret(std::move(*text)), false};
  if (auto well = typed_well(validate_password(out.password.text(), options.name)); !well) return well.error();
  return out;
}

// Made up ones are shown this once, and must be changed.
int say_password(const UserOptions& options, const Chosen& chosen, const std::string& done) {
  if (options.format != Format::table) {
    boost::json::object out{{"name", options.name}, {"mustChangePassword", chosen.made_up}};
    if (chosen.made_up) out["password"] = chosen.password.text();
    print(options.format, out);
    return kDone;
  }
  std::cout << done << "\n";
  if (chosen.made_up) std::cout << "password, to be changed at the first login: " << chosen.password.text() << "\n";
  return kDone;
}

Result<Chosen> add(const UserOptions& options) {
  if (auto well = typed_well(validate_user_name(options.name)); !well) return well.error();
  const auto role = typed_role(options.role);
  if (!role) return role.error();
  auto chosen = choose_password(options);
  if (!chosen) return chosen;
  const auto hash = hash_password(chosen->password);
  const auto done = write_accounts("argos user add", [&](Database& database) {
    return add_user(database, {options.name, *role, hash, chosen->made_up}, std::chrono::system_clock::now());
  });
  if (!done) return done.error();
  return chosen;
}

Result<Chosen> reset(const UserOptions& options) {
  auto chosen = choose_password(options);
  if (!chosen) return chosen;
  const auto hash = hash_password(chosen->password);
  const auto done = write_accounts("argos user reset-password", [&](Database& database) {
    return set_password(database, options.name, hash, chosen->made_up);
  });
  if (!done) return done.error();
  return chosen;
}

int set_standing(const UserOptions& options, bool disabled) {
  const auto done = write_accounts(disabled ? "argos user disable" : "argos user enable",
                                   [&](Database& database) { return set_disabled(database, options.name, disabled); });
  if (!done) return fail_or_misused(done.error());
  std::cout << options.name << (disabled ? " is disabled; every session of his has ended\n" : " may log in again\n");
  return kDone;
}

}  // namespace

int user_add(const UserOptions& options) {
  const auto added = add(options);
  if (!added) return fail_or_misused(added.error());
  return say_password(options, *added, options.name + " is added, as " + options.role);
}

int user_reset_password(const UserOptions& options) {
  const auto done = reset(options);
  if (!done) return fail_or_misused(done.error());
  return say_password(options, *done, options.name + " has a new password; every session of his has ended");
}

int user_disable(const UserOptions& options) { return set_standing(options, true); }
int user_enable(const UserOptions& options) { return set_standing(options, false); }

int user_disable_second_factor(const UserOptions& options) {
  bool had = false;
  const auto done = write_accounts("argos user disable-2fa", [&](Database& database) -> Result<> {
    const auto disabled = disable_second_factor(database, options.name);
    if (!disabled) return disabled.error();
    had = *disabled;
    return {};
  });
  if (!done) return fail_or_misused(done.error());
  std::cout << options.name << (had ? " has no second factor any more\n" : " had no second factor\n");
  return kDone;
}

int user_list(Format format) {
  std::vector<User> users;
  const auto read = read_accounts([&](Database& database) -> Result<> {
    auto listed = list_users(database);
    if (!listed) return listed.error();
    users = std::move(*listed);
    return {};
  });
  if (!read) return fail_or_misused(read.error());
  boost::json::array items;
  Table table({"NAME", "ROLE", "STANDING", "2FA", "LAST LOGIN"});
  for (const auto& user : users) {
    items.push_back(to_json(user));
    table.add({user.name, enum_text(user.role),
               user.disabled      ? "disabled"
               : user.must_change ? "must change password"
                                  : "active",
               user.totp.empty() ? "no" : "yes", user.last_login == WallTime{} ? "never" : to_rfc3339(user.last_login)});
  }
  print_list(format, table, std::move(items));
  return kDone;
}

}  // namespace argos
