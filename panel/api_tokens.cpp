// SPDX-License-Identifier: Apache-2.0
// Tokens for programs: everybody his own, an admin all of them.
#include <algorithm>

#include <boost/json.hpp>

#include "panel/api.hpp"
#include "panel/bodies.hpp"
#include "runtime/api_tokens.hpp"

namespace argos::api {
namespace {

Error no_such(const std::string& name) { return {"NoSuchToken", "there is no token " + name, "", Retry::never}; }

bool sees_all(const Request& request) { return request.peer.on_socket() || may(request.caller->role, Right::administer); }
std::string owner(const Request& request) { return request.caller ? request.caller->user : ""; }

Role greatest_role(const Request& request) { return request.caller ? request.caller->role : Role::admin; }

boost::system::result<NewToken, Problem> read_token(const PanelContext& context, const Request& request) {
  const auto body = read_as<NewTokenBody>(request);
  if (!body) return body.error();
  FieldErrors errors = validate_token_name(body->name);
  const auto role = role_from(body->role);
  if (!role) errors.push_back({"role", "Unknown", "there is no such role", "viewer, operator or admin"});
  if (role && lesser(*role, greatest_role(request)) != *role)
    errors.push_back({"role", "Forbidden", "a token may not do more than whoever makes it", ""});
  const auto expires = parse_expiry(body->expires, context.clock.wall());
  if (!expires) errors.push_back({"expires", "Invalid", "this is no span of time", "write 90d, 12h or never"});
  if (!errors.empty()) return invalid(std::move(errors));
  return NewToken{body->name, *role, owner(request), actor_of(request).who, *expires};
}

}  // namespace

Task<Answer> tokens(PanelContext& context, const Request& request, const Match&) {
  const auto page = read_page(request);
  if (!page) co_return page.error();
  const auto whose = sees_all(request) ? std::nullopt : std::optional(owner(request));
  boost::json::object out;
  const auto read = read_store(context, [&](Database& database) -> Result<> {
    auto found = list_tokens(database, whose, *page);
    if (!found) return found.error();
    out = page_of(*page, std::move(*found), &ApiToken::name, [](const ApiToken& token) { return argos::to_json(token); });
    return {};
  });
  if (!read) co_return problem_of(read.error());
  co_return json_response(200, out);
}

Task<Answer> create_token(PanelContext& context, const Request& request, const Match&) {
  const auto wanted = read_token(context, request);
  if (!wanted) co_return wanted.error();
  Secret token;
  StoreJob create = [&](Database& database) -> Result<> {
    auto made = argos::create_token(database, *wanted, context.clock.wall());
    if (!made) return made.error();
    token = std::move(*made);
    return {};
  };
  const auto done = co_await write_store(context, actor_of(request), std::move(create));
  if (!done) co_return problem_of(done.error());
  co_return json_response(201, boost::json::object{{"name", wanted->name},
                                                   {"role", enum_text(wanted->role)},
                                                   {"expiresAt", time_or_null(wanted->expires)},
                                                   {"token", token.text()}});
}

Task<Answer> revoke_token(PanelContext& context, const Request& request, const Match& match) {
  StoreJob revoke = [&](Database& database) -> Result<> {
    const auto found = list_tokens(database);
    if (!found) return found.error();
    const auto is_meant = [&](const ApiToken& token) {
      return (token.name == match.name || token.id == match.name) && (sees_all(request) || token.owner == owner(request));
    };
    if (std::ranges::none_of(*found, is_meant)) return no_such(match.name);
    return argos::revoke_token(database, match.name);
  };
  const auto done = co_await write_store(context, actor_of(request), std::move(revoke));
  if (!done) co_return problem_of(done.error());
  co_return Response{204, {}, "", {}};
}

}  // namespace argos::api
