// SPDX-License-Identifier: Apache-2.0
#include "panel/routes.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "model/nearest.hpp"
#include "panel/api.hpp"

namespace argos {
namespace {

constexpr std::uint64_t kSmall = 64U << 10U;
constexpr std::uint64_t kObjects = 8U << 20U;  // bodies that hold them

// clang-format off: a row a line
constexpr std::array<Route, 61> kRoutes{{
    {"GET", "/healthz", api::healthz, Needs::nothing, "200 while the process answers"},
    {"GET",
     "/readyz",
     api::readyz,
     Needs::nothing,
     "200 when every controller is Ready, else 503 and which are not",
     {.answer = "Readiness"}},
    {"GET", "/metrics", api::metrics, Needs::nothing, "figures for Prometheus"},
    {"GET", "/api/v1/openapi.json", api::openapi, Needs::nothing, "this description"},
    {"GET", "/api/v1/status", api::status, Needs::read, "every controller with its conditions", {.answer = "Status"}},
    {"GET", "/api/v1/events", api::events, Needs::read,
     "objects and conditions as they change: server-sent events, resumed by Last-Event-ID"},
    {"GET",
     "/api/v1/manifests",
     api::manifests,
     Needs::read,
     "the manifests folder: files, objects, errors with line and column",
     {.answer = "ManifestReport"}},
    {"GET",
     "/api/v1/targets",
     api::targets,
     Needs::read,
     "the targets behind the hosts: which are healthy, since when",
     {.answer = "TargetReport"}},
    {"GET",
     "/api/v1/integrity",
     api::integrity,
     Needs::read,
     "the files that are watched: how many, where, what is being read",
     {.answer = "IntegrityReport"}},
    {"GET",
     "/api/v1/controllers/{name}",
     api::controller,
     Needs::read,
     "one controller, with what woke it lately",
     {.answer = "TracedController"}},
    {"GET", "/api/v1/explain/controllers/{name}", api::controller, Needs::read, "the same", {.answer = "TracedController"}},
    {"GET",
     "/api/v1/explain/{kind}/{name}",
     api::explain_object,
     Needs::read,
     "an object's way from where it was written to what Caddy runs",
     {.answer = "Explanation"}},
    {"POST",
     "/api/v1/apply",
     api::apply,
     Needs::change,
     "several objects in one transaction",
     {.body = "ApplyBody", .answer = "ApplyResult", .query = "wait"},
     kObjects},
    {"POST",
     "/api/v1/seal",
     api::seal,
     Needs::change,
     "seals a certificate's private key for its manifest",
     {.body = "SealBody", .answer = "Sealed"}},
    {"GET",
     "/api/v1/drift",
     api::drift,
     Needs::read,
     "what was found otherwise than wanted, what is suspended, the policy",
     {.answer = "DriftReport"}},
    {"POST",
     "/api/v1/drift/{name}/keep",
     api::keep_found,
     Needs::change,
     "want what was found: it is written into the object's field that says it",
     {.answer = "Kept", .query = "wait dryRun"}},
    {"POST",
     "/api/v1/suspend",
     api::suspend,
     Needs::change,
     "leave an object or a controller alone for hand work",
     {.body = "SuspendBody", .answer = "Suspension"}},
    {"POST", "/api/v1/resume", api::resume, Needs::change, "give it back", {.body = "SuspendBody", .answer = "Suspension"}},
    {"GET",
     "/api/v1/history",
     api::history,
     Needs::read,
     "the changes of desired state, newest first",
     {.answer = "RevisionList", .query = "kind name actor what limit before"}},
    {"GET", "/api/v1/history/{name}", api::get_revision, Needs::read, "one change, by its number", {.answer = "Revision"}},
    {"POST",
     "/api/v1/undo",
     api::undo,
     Needs::change,
     "brings an earlier form of an object back",
     {.body = "UndoBody", .answer = "Undone"}},
    {"GET", "/api/v1/keys", api::keys, Needs::administer, "what lies sealed under which master key", {.answer = "KeyReport"}},
    {"POST",
     "/api/v1/keys/accept",
     api::accept_key,
     Needs::administer,
     "the master key is meant as it is: seal under it",
     {.answer = "KeyAccepted"},
     kSmall,
     Login::fresh},
    {"POST",
     "/api/v1/hosts/{name}/renew",
     api::renew_host,
     Needs::change,
     "has Caddy renew a host's certificates now",
     {.answer = "Request"}},
    {"GET",
     "/api/v1/requests/{name}",
     api::get_request,
     Needs::read,
     "what came of something that was asked for, by its number",
     {.answer = "Request"}},
    {"POST",
     "/api/v1/login",
     api::login,
     Needs::nothing,
     "a session, in a cookie",
     {.body = "LoginBody", .answer = "Identity"}},
    {"GET", "/api/v1/session", api::session, Needs::own_account, "who one is, and what one may", {.answer = "Identity"}},
    {"DELETE", "/api/v1/session", api::logout, Needs::own_account, "log out"},
    {"POST",
     "/api/v1/session/confirm",
     api::confirm,
     Needs::own_account,
     "the password once more, for what needs it",
     {.body = "ConfirmBody"}},
    {"PUT",
     "/api/v1/session/password",
     api::change_password,
     Needs::own_account,
     "a new password; every other session of one's own ends",
     {.body = "ChangePasswordBody"}},
    {"POST",
     "/api/v1/session/second-factor",
     api::offer_factor,
     Needs::own_account,
     "begin a second factor",
     {.answer = "SecondFactorOffer"},
     kSmall,
     Login::fresh},
    {"PUT",
     "/api/v1/session/second-factor",
     api::enable_factor,
     Needs::own_account,
     "put it into force with a first code; the recovery codes are shown this once",
     {.body = "CodeBody", .answer = "RecoveryCodes"},
     kSmall,
     Login::fresh},
    {"DELETE",
     "/api/v1/session/second-factor",
     api::disable_factor,
     Needs::own_account,
     "do without it",
     {},
     kSmall,
     Login::fresh},
    {"GET",
     "/api/v1/sessions",
     api::sessions,
     Needs::own_account,
     "one's own sessions; an admin sees everybody's",
     {.answer = "SessionList", .query = "limit continue"}},
    {"DELETE", "/api/v1/sessions/{name}", api::revoke_session, Needs::own_account, "end a session, by its id"},
    {"GET", "/api/v1/users", api::users, Needs::administer, "all users", {.answer = "UserList", .query = "limit continue"}},
    {"POST",
     "/api/v1/users",
     api::create_user,
     Needs::administer,
     "add a user",
     {.body = "NewUserBody", .answer = "User"},
     kSmall,
     Login::fresh},
    {"PATCH",
     "/api/v1/users/{name}",
     api::change_user,
     Needs::administer,
     "another role, or disabled",
     {.body = "UserChangeBody", .answer = "User"},
     kSmall,
     Login::fresh},
    {"POST",
     "/api/v1/users/{name}/reset-password",
     api::reset_password,
     Needs::administer,
     "a new password, to be changed at the next login",
     {.body = "ResetPasswordBody", .answer = "User"},
     kSmall,
     Login::fresh},
    {"DELETE",
     "/api/v1/users/{name}/second-factor",
     api::disable_users_factor,
     Needs::administer,
     "for somebody who lost his device",
     {.answer = "User"},
     kSmall,
     Login::fresh},
    {"GET",
     "/api/v1/tokens",
     api::tokens,
     Needs::own_account,
     "one's own tokens; an admin sees all of them",
     {.answer = "TokenList", .query = "limit continue"}},
    {"POST",
     "/api/v1/tokens",
     api::create_token,
     Needs::own_account,
     "a token for a program, shown this once",
     {.body = "NewTokenBody", .answer = "NewToken"},
     kSmall,
     Login::fresh},
    {"DELETE", "/api/v1/tokens/{name}", api::revoke_token, Needs::own_account, "revoke a token, by its name or id"},
    {"GET",
     "/api/v1/backups",
     api::list_backups,
     Needs::read,
     "the archives that there are, newest first",
     {.answer = "BackupList"}},
    {"POST",
     "/api/v1/backups",
     api::make_backup,
     Needs::change,
     "make one now",
     {.body = "BackupBody", .answer = "Request", .query = "wait"}},
    {"POST",
     "/api/v1/backups/prune",
     api::prune_backups,
     Needs::change,
     "delete what the policy lets go; a dry run may be asked about a policy that is not stored",
     {.body = "PruneBody", .answer = "Pruned", .query = "wait dryRun"}},
    {"POST",
     "/api/v1/backups/verify",
     api::verify_backups,
     Needs::change,
     "read all of them again",
     {.answer = "Request", .query = "wait"}},
    {"GET", "/api/v1/backups/{name}", api::get_backup, Needs::read, "one archive", {.answer = "Backup"}},
    {"DELETE", "/api/v1/backups/{name}", api::delete_backup, Needs::administer, "delete one archive"},
    {"POST",
     "/api/v1/backups/{name}/verify",
     api::verify_backup,
     Needs::change,
     "read it again",
     {.answer = "Request", .query = "wait"}},
    {"GET", "/api/v1/backups/{name}/archive", api::download_backup, Needs::administer, "the file itself"},
    {"PUT",
     "/api/v1/backups/{name}/archive",
     api::upload_backup,
     Needs::administer,
     "take an archive in: it is read whole before it gets its name",
     {.answer = "Backup"},
     kSmall,
     Login::any,
     Intake::archive},
    {"GET",
     "/api/v1/backups/{name}/restore-plan",
     api::plan_restore,
     Needs::administer,
     "what a restore of it would change; nothing is changed",
     {.answer = "RestorePlan"}},
    {"GET",
     "/api/v1/restore",
     api::restore_report,
     Needs::read,
     "whether a restore is wanted, how far it is, why the last one was refused",
     {.answer = "RestoreReport"}},
    {"POST",
     "/api/v1/restore",
     api::want_restore,
     Needs::administer,
     "replace the database by an archive's",
     {.body = "RestoreBody", .answer = "RestoreWanted"},
     kSmall,
     Login::fresh},
    {"DELETE", "/api/v1/restore", api::cancel_restore, Needs::administer, "take that back", {}, kSmall, Login::fresh},
    {"GET",
     "/api/v1/audit",
     api::audit,
     Needs::administer,
     "who did what, newest first",
     {.answer = "AuditLog", .query = "actor action kind name limit before"}},
    {"GET",
     "/api/v1/{kind}",
     api::list_objects,
     Needs::read,
     "all objects of a kind",
     {.answer = "{Kind}List", .query = "limit continue"}},
    {"GET", "/api/v1/{kind}/{name}", api::get_object, Needs::read, "one object", {.answer = "{Kind}"}},
    {"PUT",
     "/api/v1/{kind}/{name}",
     api::put_object,
     Needs::change,
     "create or replace one object",
     {.body = "{Kind}Body", .answer = "{Kind}", .query = "wait dryRun owner"},
     kObjects},
    {"DELETE",
     "/api/v1/{kind}/{name}",
     api::delete_object,
     Needs::change,
     "delete one object",
     {.answer = "{Kind}", .query = "wait dryRun"}},
}};
// clang-format on
static_assert(!kRoutes.back().method.empty(), "as many rows as the array says");

std::vector<std::string_view> segments(std::string_view path) {
  std::vector<std::string_view> out;
  while (path.starts_with('/')) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    out.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return out;
}

std::optional<Kind> kind_of_plural(std::string_view word) {
  for (const auto& names : desired_kinds()) {
    if (names.plural == word) return names.kind;
  }
  return std::nullopt;
}

std::optional<Match> match(std::string_view pattern, std::string_view path) {
  const auto wanted = segments(pattern);
  const auto found = segments(path);
  if (wanted.size() != found.size()) return std::nullopt;
  Match out;
  for (std::size_t at = 0; at < wanted.size(); ++at) {
    if (wanted[at] == "{kind}") {
      const auto kind = kind_of_plural(found[at]);
      if (!kind) return std::nullopt;
      out.kind = *kind;
    } else if (wanted[at] == "{name}") {
      if (found[at].empty()) return std::nullopt;
      out.name = found[at];
    } else if (wanted[at] != found[at]) {
      return std::nullopt;
    }
  }
  return out;
}

void replace(std::string& text, std::string_view what, std::string_view with) {
  if (const auto at = text.find(what); at != std::string::npos) text.replace(at, what.size(), with);
}

// Every path that could have been meant, with the name that was given.
std::vector<std::string> known_paths(std::span<const Route> routes, std::string_view asked) {
  const auto given = segments(asked);
  std::vector<std::string> out;
  for (const auto& route : routes) {
    std::string path(route.pattern);
    replace(path, "{name}", given.empty() ? std::string_view("NAME") : given.back());
    for (const auto& names : desired_kinds()) {
      std::string one = path;
      replace(one, "{kind}", names.plural);
      if (std::ranges::find(out, one) == out.end()) out.push_back(std::move(one));
    }
  }
  return out;
}

Problem no_such_path(std::span<const Route> routes, const Request& request) {
  Problem problem{404, "NoSuchPath", "there is nothing at " + request.path, "", {}, {}};
  const auto paths = known_paths(routes, request.path);
  const std::vector<std::string_view> views(paths.begin(), paths.end());
  if (const auto meant = nearest(request.path, views)) problem.hint = "did you mean " + std::string(*meant) + "?";
  return problem;
}

Problem wrong_method(const Request& request, const std::string& allowed) {
  return {405, "MethodNotAllowed",  request.method + " is not possible at " + request.path, "possible: " + allowed,
          {},  {{"Allow", allowed}}};
}

}  // namespace

std::span<const Route> routes() { return kRoutes; }

Found find_route(std::span<const Route> routes, const Request& request) {
  const std::string_view method = request.method == "HEAD" ? std::string_view("GET") : std::string_view(request.method);
  Found out;
  for (const auto& route : routes) {
    const auto matched = match(route.pattern, request.path);
    if (!matched) continue;
    if (route.method == method) return {&route, *matched, {}};
    out.allowed += (out.allowed.empty() ? "" : ", ") + std::string(route.method) + (route.method == "GET" ? ", HEAD" : "");
  }
  return out;
}

Problem no_route(std::span<const Route> routes, const Request& request, const Found& found) {
  return found.allowed.empty() ? no_such_path(routes, request) : wrong_method(request, found.allowed);
}

}  // namespace argos
