// SPDX-License-Identifier: Apache-2.0
// Coming in and going out: login, logout, who one is, and the password once more for what needs it.
#include <boost/json.hpp>

#include "panel/api.hpp"
#include "panel/bodies.hpp"
#include "panel/cookies.hpp"
#include "panel/proof.hpp"
#include "runtime/second_factor.hpp"
#include "runtime/user.hpp"

namespace argos::api {
namespace {

boost::json::array rights_of(Role role) {
  boost::json::array out;
  for (const auto& [right, text] : enum_table<Right>()) {
    if (may(role, right)) out.emplace_back(text);
  }
  return out;
}

boost::json::object identity(const User& user, bool confirmed) {
  return {{"user", user.name},
          {"role", enum_text(user.role)},
          {"rights", rights_of(user.role)},
          {"mustChangePassword", user.must_change},
          {"secondFactor", !user.totp.empty()},
          {"confirmed", confirmed}};
}

// Of a process on the socket, and of a token: there is no account to tell of.
boost::json::object identity(std::string_view user, Role role) {
  return {{"user", user},          {"role", enum_text(role)}, {"rights", rights_of(role)}, {"mustChangePassword", false},
          {"secondFactor", false}, {"confirmed", false}};
}

// Whoever comes in anew leaves what he came in with before.
Result<> leave_former_session(const PanelContext& context, Database& database, const Request& request) {
  const auto former = find_session(database, context.session_key, session_cookie(request), context.clock.wall());
  if (!former) return former.error();
  if (!*former) return {};
  const auto ended = end_session(database, (*former)->id);
  if (!ended) return ended.error();
  return {};
}

Response with_cookie(Response response, std::string cookie) {
  response.headers.emplace_back("Set-Cookie", std::move(cookie));
  return response;
}

}  // namespace

boost::system::result<Caller, Problem> session_of(const Request& request) {
  if (request.caller && !request.caller->session.empty()) return *request.caller;
  return Problem{
      409, "NoSession", "only somebody who has logged in has an account of his own here", "log in at POST /api/v1/login",
      {},  {}};
}

NewSession new_session(const Request& request, std::string user) {
  return {std::move(user), request.peer.address, std::string(request.header("user-agent"))};
}

Task<Answer> login(PanelContext& context, const Request& request, const Match&) {
  auto body = read_as<LoginBody>(request);
  if (!body) co_return body.error();
  std::optional<OpenedSession> opened;
  boost::json::object who;
  OnProven enter = [&](Database& database, const User& user) -> Result<> {
    const auto now = context.clock.wall();
    if (auto noted = note_login(database, user.name, now); !noted) return noted;
    if (auto left = leave_former_session(context, database, request); !left) return left;
    auto session = open_session(database, context.session_key, new_session(request, user.name), now);
    if (!session) return session.error();
    opened = std::move(*session);
    who = identity(user, true);
    return {};
  };
  Proof proof{std::move(body->user), Secret(std::move(body->password)), std::move(body->code), Proof::Factors::all};
  if (auto problem = co_await prove(context, request, std::move(proof), enter)) co_return std::move(*problem);
  co_return with_cookie(json_response(200, who), set_session_cookie(request, opened->token.text()));
}

Task<Answer> logout(PanelContext& context, const Request& request, const Match&) {
  const auto caller = session_of(request);
  if (!caller) co_return caller.error();
  StoreJob leave = [&](Database& database) -> Result<> {
    const auto ended = end_session(database, caller->session);
    if (!ended) return ended.error();
    return {};
  };
  const auto done = co_await write_store(context, actor_of(request), std::move(leave));
  if (!done) co_return problem_of(done.error());
  Response response{204, {{"Clear-Site-Data", "\"cache\", \"storage\""}}, "", {}};
  co_return with_cookie(std::move(response), drop_session_cookie(request));
}

Task<Answer> session(PanelContext& context, const Request& request, const Match&) {
  if (request.peer.on_socket()) co_return json_response(200, identity(user_name(*request.peer.uid), Role::admin));
  if (request.caller->session.empty()) co_return json_response(200, identity(actor_of(request).who, request.caller->role));
  boost::json::object who;
  const auto read = read_store(context, [&](Database& database) -> Result<> {
    const auto user = read_user(database, request.caller->user);
    if (!user) return user.error();
    if (*user) who = identity(**user, request.caller->confirmed);
    const auto codes = count_recovery_codes(database, request.caller->user);
    if (!codes) return codes.error();
    who["recoveryCodes"] = *codes;
    return {};
  });
  if (!read) co_return problem_of(read.error());
  co_return json_response(200, who);
}

Task<Answer> confirm(PanelContext& context, const Request& request, const Match&) {
  const auto caller = session_of(request);
  if (!caller) co_return caller.error();
  auto body = read_as<ConfirmBody>(request);
  if (!body) co_return body.error();
  OnProven note = [&](Database& database, const User&) {
    return confirm_session(database, caller->session, context.clock.wall());
  };
  Proof proof{caller->user, Secret(std::move(body->password)), "", Proof::Factors::password};
  if (auto problem = co_await prove(context, request, std::move(proof), note)) co_return wrong_password(std::move(*problem));
  co_return Response{204, {}, "", {}};
}

}  // namespace argos::api
