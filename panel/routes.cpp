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

constexpr std::uint64_t kObjects = 8U << 20U;  // bodies that hold them

constexpr std::array<Route, 35> kRoutes{{
    {"GET", "/healthz", api::healthz, Who::anyone, Needs::nothing, "200 while the process answers"},
    {"GET", "/readyz", api::readyz, Who::anyone, Needs::nothing,
     "200 when every controller is Ready, else 503 and which are not"},
    {"GET", "/metrics", api::metrics, Who::anyone, Needs::nothing, "figures for Prometheus"},
    {"GET", "/api/v1/status", api::status, Who::socket, Needs::read, "every controller with its conditions"},
    {"GET", "/api/v1/events", api::events, Who::socket, Needs::read,
     "objects and conditions as they change: server-sent events, resumed by Last-Event-ID"},
    {"GET", "/api/v1/manifests", api::manifests, Who::socket, Needs::read,
     "the manifests folder: files, objects, errors with line and column"},
    {"GET", "/api/v1/targets", api::targets, Who::socket, Needs::read,
     "the targets behind the hosts: which are healthy, since when"},
    {"GET", "/api/v1/integrity", api::integrity, Who::socket, Needs::read,
     "the files that are watched: how many, where, what is being read"},
    {"GET", "/api/v1/controllers/{name}", api::controller, Who::socket, Needs::read,
     "one controller, with what woke it lately"},
    {"GET", "/api/v1/explain/controllers/{name}", api::controller, Who::socket, Needs::read, "the same"},
    {"GET", "/api/v1/explain/{kind}/{name}", api::explain_object, Who::socket, Needs::read,
     "an object's way from where it was written to what Caddy runs"},
    {"POST", "/api/v1/apply", api::apply, Who::socket, Needs::change, "several objects in one transaction", kObjects},
    {"POST", "/api/v1/seal", api::seal, Who::socket, Needs::change, "seals a certificate's private key for its manifest"},
    {"GET", "/api/v1/drift", api::drift, Who::socket, Needs::read,
     "what was found otherwise than wanted, what is suspended, the policy"},
    {"POST", "/api/v1/suspend", api::suspend, Who::socket, Needs::change,
     "leave an object or a controller alone for hand work"},
    {"POST", "/api/v1/resume", api::resume, Who::socket, Needs::change, "give it back"},
    {"GET", "/api/v1/history", api::history, Who::socket, Needs::read,
     "the changes of desired state, newest first: ?kind=&name=&limit=&before="},
    {"GET", "/api/v1/history/{name}", api::get_revision, Who::socket, Needs::read, "one change, by its number"},
    {"POST", "/api/v1/undo", api::undo, Who::socket, Needs::change, "brings an earlier form of an object back"},
    {"GET", "/api/v1/keys", api::keys, Who::socket, Needs::administer, "what lies sealed under which master key"},
    {"POST", "/api/v1/keys/accept", api::accept_key, Who::socket, Needs::administer,
     "the master key is meant as it is: seal under it", 64U << 10U, Login::fresh},
    {"POST", "/api/v1/hosts/{name}/renew", api::renew_host, Who::socket, Needs::change,
     "has Caddy renew a host's certificates now"},
    {"GET", "/api/v1/requests/{name}", api::get_request, Who::socket, Needs::read,
     "what came of something that was asked for, by its number"},
    {"GET", "/api/v1/backups", api::list_backups, Who::socket, Needs::read, "the archives that there are, newest first"},
    {"POST", "/api/v1/backups", api::make_backup, Who::socket, Needs::change, "make one now: {\"note\"}; ?wait=10s"},
    {"POST", "/api/v1/backups/prune", api::prune_backups, Who::socket, Needs::change,
     "delete what the policy lets go; ?dryRun=true says which and why"},
    {"POST", "/api/v1/backups/verify", api::verify_backups, Who::socket, Needs::change, "read all of them again"},
    {"GET", "/api/v1/backups/{name}", api::get_backup, Who::socket, Needs::read, "one archive"},
    {"DELETE", "/api/v1/backups/{name}", api::delete_backup, Who::socket, Needs::administer, "delete one archive"},
    {"POST", "/api/v1/backups/{name}/verify", api::verify_backup, Who::socket, Needs::change, "read it again"},
    {"GET", "/api/v1/backups/{name}/archive", api::download_backup, Who::socket, Needs::administer, "the file itself"},
    {"GET", "/api/v1/{kind}", api::list_objects, Who::socket, Needs::read, "all objects of a kind"},
    {"GET", "/api/v1/{kind}/{name}", api::get_object, Who::socket, Needs::read, "one object"},
    {"PUT", "/api/v1/{kind}/{name}", api::put_object, Who::socket, Needs::change, "create or replace one object", kObjects},
    {"DELETE", "/api/v1/{kind}/{name}", api::delete_object, Who::socket, Needs::change, "delete one object"},
}};

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

bool may_see(const Peer& peer, const Route& route) { return route.who == Who::anyone || peer.on_socket(); }

void replace(std::string& text, std::string_view what, std::string_view with) {
  if (const auto at = text.find(what); at != std::string::npos) text.replace(at, what.size(), with);
}

// Every path that this peer could have meant, with the name that it gave.
std::vector<std::string> known_paths(std::span<const Route> routes, const Peer& peer, std::string_view asked) {
  const auto given = segments(asked);
  std::vector<std::string> out;
  for (const auto& route : routes) {
    if (!may_see(peer, route)) continue;
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
  if (!request.peer.on_socket()) {
    problem.hint = "this listener serves /healthz, /readyz and /metrics; the API is on argos.sock in the data folder for now";
    return problem;
  }
  const auto paths = known_paths(routes, request.peer, request.path);
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
    const auto matched = may_see(request.peer, route) ? match(route.pattern, request.path) : std::nullopt;
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
