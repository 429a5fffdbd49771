// SPDX-License-Identifier: Apache-2.0
#include "panel/admission.hpp"

#include "panel/cookies.hpp"
#include "runtime/api_tokens.hpp"
#include "runtime/users.hpp"

namespace argos {
namespace {

constexpr std::string_view kBearer = "Bearer ";

Right right_of(Needs needs) {
  switch (needs) {
    case Needs::nothing:
    case Needs::own_account: return Right::own_account;
    case Needs::read: return Right::read;
    case Needs::change: return Right::change;
    case Needs::administer: return Right::administer;
  }
  return Right::administer;
}

Problem login_required(bool tried) {
  const char* const detail = tried ? "the session has ended, or the token is none (any more)" : "this needs a login";
  return {401,    "LoginRequired",
          detail, "log in at POST /api/v1/login, or send a token: Authorization: Bearer argos_…",
          {},     {{"WWW-Authenticate", "Bearer"}}};
}

Problem must_change() {
  return {
      403, "PasswordChangeRequired", "the password must be changed before anything else", "PUT /api/v1/session/password", {},
      {}};
}

Problem forbidden(const Caller& caller, const Route& route) {
  const char* const who = right_of(route.needs) == Right::administer ? "an admin" : "an operator or an admin";
  return {403,
          "Forbidden",
          "this needs " + std::string(who) + ", and " + std::string(enum_text(caller.role)) + " is less",
          "ask an admin",
          {},
          {}};
}

Problem not_fresh(const Caller& caller) {
  if (caller.session.empty())
    return {403,
            "SessionRequired",
            "a token may not do this: it needs a person who gives the password",
            "log in, or use the command line where argos runs",
            {},
            {}};
  return {
      403, "ConfirmationRequired", "this needs the password once more", "POST /api/v1/session/confirm, then send it again", {},
      {}};
}

std::optional<Problem> why_not(const Caller& caller, const Route& route) {
  if (caller.must_change && route.needs != Needs::own_account) return must_change();
  if (!may(caller.role, right_of(route.needs))) return forbidden(caller, route);
  if (route.login == Login::fresh && !caller.confirmed) return not_fresh(caller);
  return std::nullopt;
}

struct Seen {
  std::optional<Caller> caller;
  std::optional<Session> session;
  std::optional<ApiToken> token;
};

Result<> see_session(const PanelContext& context, Database& database, std::string_view cookie, Seen& out) {
  auto session = find_session(database, context.session_key, cookie, context.clock.wall());
  if (!session) return session.error();
  if (!*session) return {};
  const auto user = read_user(database, (*session)->user);
  if (!user) return user.error();
  if (!*user) return {};
  const bool confirmed = is_confirmed((*session)->times, context.clock.wall());
  out.caller = Caller{(*user)->name, (*session)->id, "", (*user)->role, confirmed, (*user)->must_change};
  out.session = std::move(*session);
  return {};
}

Result<> see_token(const PanelContext& context, Database& database, std::string_view token, Seen& out) {
  auto found = find_token(database, token, context.clock.wall());
  if (!found) return found.error();
  if (!*found) return {};
  out.caller = Caller{(*found)->owner, "", (*found)->name, (*found)->role, false, false, (*found)->id};
  out.token = std::move(*found);
  return {};
}

// Not worth waiting for: the next request notes it too.
void note_use(PanelContext& context, const Request& request, const Seen& seen) {
  const auto now = context.clock.wall();
  const auto used = seen.session ? seen.session->times.used : seen.token->used;
  if (!is_use_to_be_noted(used, now)) return;
  (void)context.store.write([&](Database& database) {
    return seen.session ? note_use(database, *seen.session, now) : note_use(database, *seen.token, request.peer.address, now);
  });
}

}  // namespace

Task<std::optional<Problem>> admit(PanelContext& context, Request& request, const Route& route) {
  if (route.needs == Needs::nothing) co_return std::nullopt;
  const auto authorization = request.header("authorization");
  const bool bears = authorization.starts_with(kBearer);
  const auto key = bears ? authorization.substr(kBearer.size()) : session_cookie(request);
  if (key.empty()) co_return login_required(false);
  Seen seen;
  const auto read = read_store(context, [&](Database& database) {
    return bears ? see_token(context, database, key, seen) : see_session(context, database, key, seen);
  });
  if (!read) co_return problem_of(read.error());
  if (!seen.caller) co_return login_required(true);
  if (auto problem = why_not(*seen.caller, route)) co_return problem;
  note_use(context, request, seen);
  request.caller = std::move(seen.caller);
  co_return std::nullopt;
}

bool is_still_in(const PanelContext& context, const Caller& caller) {
  bool still = false;
  const auto read = context.store.read([&](Database& database) -> Result<> {
    const auto now = context.clock.wall();
    const auto found =
        caller.session.empty() ? is_token(database, caller.token_id, now) : is_session(database, caller.session, now);
    if (!found) return found.error();
    still = *found;
    return {};
  });
  return read && still;
}

}  // namespace argos
