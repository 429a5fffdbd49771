// SPDX-License-Identifier: Apache-2.0
// What everybody does with his own account: password, second factor, sessions.
#include <boost/json.hpp>

#include "model/totp.hpp"
#include "panel/api.hpp"
#include "panel/bodies.hpp"
#include "panel/cookies.hpp"
#include "panel/proof.hpp"
#include "panel/qr.hpp"
#include "runtime/second_factor.hpp"

namespace argos::api {
namespace {

const Error kGone{"NoSuchUser", "the account is gone", "", Retry::never};

FieldErrors errors_of(const ChangePasswordBody& body, const std::string& user) {
  FieldErrors errors = validate_password(body.new_password, user);
  if (errors.empty() && body.new_password == body.current_password)
    errors.push_back({"", "Unchanged", "the new password is the old one", "choose another"});
  for (auto& error : errors) error.path = "newPassword";
  return errors;
}

// His row, as it is now.
Result<User> own_row(Database& database, const Caller& caller) {
  auto user = read_user(database, caller.user);
  if (!user) return user.error();
  if (!*user) return kGone;
  return std::move(**user);
}

}  // namespace

Problem wrong_password(Problem problem) {
  if (problem.reason != "WrongLogin") return problem;
  return {403, "WrongPassword", "the password is wrong", "", {{"password", "Wrong", "the password is wrong", ""}}, {}};
}

Task<Answer> change_password(PanelContext& context, const Request& request, const Match&) {
  const auto caller = session_of(request);
  if (!caller) co_return caller.error();
  auto body = read_as<ChangePasswordBody>(request);
  if (!body) co_return body.error();
  if (auto errors = errors_of(*body, caller->user); !errors.empty()) co_return invalid(std::move(errors));
  Secret chosen(std::move(body->new_password));
  const auto hash = co_await context.passwords.hash(std::move(chosen));
  if (!hash) co_return problem_of(hash.error());
  std::optional<OpenedSession> opened;
  OnProven change = [&](Database& database, const User& user) -> Result<> {
    if (auto set = set_password(database, user.name, *hash, false); !set) return set;  // which ends every session of his
    auto session = open_session(database, context.session_key, new_session(request, user.name), context.clock.wall());
    if (!session) return session.error();
    opened = std::move(*session);
    return {};
  };
  Proof proof{caller->user, Secret(std::move(body->current_password)), "", Proof::Factors::password};
  if (auto problem = co_await prove(context, request, std::move(proof), change)) co_return wrong_password(std::move(*problem));
  Response response{204, {{"Set-Cookie", set_session_cookie(request, opened->token.text())}}, "", {}};
  co_return response;
}

// ---- the second factor -----------------------------------------------------------------------------------------------------

Task<Answer> offer_factor(PanelContext& context, const Request& request, const Match&) {
  const auto caller = session_of(request);
  if (!caller) co_return caller.error();
  Secret offered;
  StoreJob offer = [&](Database& database) -> Result<> {
    auto made = offer_second_factor(database, context.secrets, caller->user);
    if (!made) return made.error();
    offered = std::move(*made);
    return {};
  };
  const auto done = co_await write_store(context, actor_of(request), std::move(offer));
  if (!done) co_return problem_of(done.error());
  const auto url = totp_url(offered.text(), "argos", caller->user);
  co_return json_response(200, boost::json::object{{"secret", to_base32(offered.text())}, {"url", url}, {"qr", qr_svg(url)}});
}

Task<Answer> enable_factor(PanelContext& context, const Request& request, const Match&) {
  const auto caller = session_of(request);
  if (!caller) co_return caller.error();
  const auto body = read_as<CodeBody>(request);
  if (!body) co_return body.error();
  boost::json::array codes;
  StoreJob enable = [&](Database& database) -> Result<> {
    codes.clear();
    const auto user = own_row(database, *caller);
    if (!user) return user.error();
    const auto made = enable_second_factor(database, context.secrets, *user, body->code, context.clock.wall());
    if (!made) return made.error();
    for (const auto& code : *made) codes.emplace_back(code);
    return {};
  };
  const auto done = co_await write_store(context, actor_of(request), std::move(enable));
  if (!done) co_return problem_of(done.error());
  co_return json_response(200, boost::json::object{{"recoveryCodes", std::move(codes)}});
}

Task<Answer> disable_factor(PanelContext& context, const Request& request, const Match&) {
  const auto caller = session_of(request);
  if (!caller) co_return caller.error();
  StoreJob disable = [&](Database& database) -> Result<> {
    const auto had = disable_second_factor(database, caller->user);
    if (!had) return had.error();
    return {};
  };
  const auto done = co_await write_store(context, actor_of(request), std::move(disable));
  if (!done) co_return problem_of(done.error());
  co_return Response{204, {}, "", {}};
}

// ---- sessions --------------------------------------------------------------------------------------------------------------

// Whose: everybody's for an admin, his own for anybody else; on the socket there is nobody whose own they would be.
std::string sessions_of(const Request& request) {
  if (request.peer.on_socket() || may(request.caller->role, Right::administer)) return "";
  return request.caller->user;
}

Task<Answer> sessions(PanelContext& context, const Request& request, const Match&) {
  const auto page = read_page(request);
  if (!page) co_return page.error();
  const auto tell = [&](const Session& one) {
    auto item = argos::to_json(one);
    item["current"] = request.caller && request.caller->session == one.id;
    return item;
  };
  boost::json::object out;
  const auto read = read_store(context, [&](Database& database) -> Result<> {
    auto found = list_sessions(database, sessions_of(request), context.clock.wall(), *page);
    if (!found) return found.error();
    out = page_of(*page, std::move(*found), &Session::id, tell);
    return {};
  });
  if (!read) co_return problem_of(read.error());
  co_return json_response(200, out);
}

Task<Answer> revoke_session(PanelContext& context, const Request& request, const Match& match) {
  bool was = false;
  StoreJob revoke = [&](Database& database) -> Result<> {
    const auto ended = end_session(database, match.name, sessions_of(request));
    if (!ended) return ended.error();
    was = *ended;
    return {};
  };
  const auto done = co_await write_store(context, actor_of(request), std::move(revoke));
  if (!done) co_return problem_of(done.error());
  if (!was) co_return Problem{404, "NotFound", "there is no such session (any more)", "", {}, {}};
  co_return Response{204, {}, "", {}};
}

}  // namespace argos::api
