// SPDX-License-Identifier: Apache-2.0
// Users, for admins.
#include <boost/json.hpp>

#include "panel/api.hpp"
#include "panel/bodies.hpp"
#include "runtime/random.hpp"
#include "runtime/users.hpp"

namespace argos::api {
namespace {

constexpr std::size_t kMadeUp = 20;  // characters of five bits each

// What was chosen for somebody, or made up; either must be changed by him: two know it.
struct Chosen {
  Secret password;
  bool made_up = false;
};

Chosen choose(std::string& sent) {
  if (sent.empty()) return {Secret(random_word(kMadeUp)), true};
  return {Secret(std::move(sent)), false};
}

FieldErrors role_errors(const std::string& word) {
  if (role_from(word)) return {};
  return {{"role", "Unknown", "there is no such role", "viewer, operator or admin"}};
}

FieldErrors errors_of(const NewUserBody& body) {
  FieldErrors errors = validate_user_name(body.name);
  for (const auto& error : role_errors(body.role)) errors.push_back(error);
  if (body.password.empty()) return errors;
  for (const auto& error : validate_password(body.password, body.name)) errors.push_back(error);
  return errors;
}

Result<boost::json::object> told(Database& database, const std::string& name) {
  const auto user = read_user(database, name);
  if (!user) return user.error();
  if (!*user) return Error{"NoSuchUser", "there is no user " + name, "", Retry::never};
  return argos::to_json(**user);
}

// In one transaction: changed, and as it is afterwards.
Task<Answer> change(PanelContext& context, const Request& request, std::string name, int status, StoreJob act, Secret made_up) {
  boost::json::object out;
  StoreJob job = [&](Database& database) -> Result<> {
    if (auto done = act(database); !done) return done;
    auto user = told(database, name);
    if (!user) return user.error();
    out = std::move(*user);
    return {};
  };
  const auto done = co_await write_store(context, actor_of(request), std::move(job));
  if (!done) co_return problem_of(done.error());
  if (!made_up.text().empty()) out["password"] = made_up.text();
  co_return json_response(status, out);
}

}  // namespace

Task<Answer> users(PanelContext& context, const Request& request, const Match&) {
  const auto page = read_page(request);
  if (!page) co_return page.error();
  boost::json::object out;
  const auto read = read_store(context, [&](Database& database) -> Result<> {
    auto found = list_users(database, *page);
    if (!found) return found.error();
    out = page_of(*page, std::move(*found), &User::name, [](const User& user) { return argos::to_json(user); });
    return {};
  });
  if (!read) co_return problem_of(read.error());
  co_return json_response(200, out);
}

Task<Answer> create_user(PanelContext& context, const Request& request, const Match&) {
  auto body = read_as<NewUserBody>(request);
  if (!body) co_return body.error();
  if (auto errors = errors_of(*body); !errors.empty()) co_return invalid(std::move(errors));
  auto chosen = choose(body->password);
  Secret copy(std::string(chosen.password.text()));
  auto hash = co_await context.passwords.hash(std::move(copy));
  if (!hash) co_return problem_of(hash.error());
  NewUser user{body->name, *role_from(body->role), std::move(*hash), true};
  StoreJob add = [&](Database& database) { return add_user(database, user, context.clock.wall()); };
  if (!chosen.made_up) chosen.password = Secret();
  co_return co_await change(context, request, body->name, 201, std::move(add), std::move(chosen.password));
}

Task<Answer> change_user(PanelContext& context, const Request& request, const Match& match) {
  const auto body = read_as<UserChangeBody>(request);
  if (!body) co_return body.error();
  if (body->role) {
    if (auto errors = role_errors(*body->role); !errors.empty()) co_return invalid(std::move(errors));
  }
  StoreJob act = [&](Database& database) -> Result<> {
    if (body->role) {
      if (auto done = set_role(database, match.name, *role_from(*body->role)); !done) return done;
    }
    if (!body->disabled) return {};
    return set_disabled(database, match.name, *body->disabled);
  };
  Secret nothing;
  co_return co_await change(context, request, match.name, 200, std::move(act), std::move(nothing));
}

Task<Answer> reset_password(PanelContext& context, const Request& request, const Match& match) {
  auto body = read_as<ResetPasswordBody>(request);
  if (!body) co_return body.error();
  if (!body->password.empty()) {
    if (auto errors = validate_password(body->password, match.name); !errors.empty()) co_return invalid(std::move(errors));
  }
  auto chosen = choose(body->password);
  Secret copy(std::string(chosen.password.text()));
  const auto hash = co_await context.passwords.hash(std::move(copy));
  if (!hash) co_return problem_of(hash.error());
  StoreJob act = [&](Database& database) { return set_password(database, match.name, *hash, true); };
  if (!chosen.made_up) chosen.password = Secret();
  co_return co_await change(context, request, match.name, 200, std::move(act), std::move(chosen.password));
}

Task<Answer> disable_users_factor(PanelContext& context, const Request& request, const Match& match) {
  StoreJob act = [&](Database& database) -> Result<> {
    const auto had = disable_second_factor(database, match.name);
    if (!had) return had.error();
    return {};
  };
  Secret nothing;
  co_return co_await change(context, request, match.name, 200, std::move(act), std::move(nothing));
}

}  // namespace argos::api
