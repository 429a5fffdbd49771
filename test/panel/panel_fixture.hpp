// SPDX-License-Identifier: Apache-2.0
// A panel over a real database and real sockets, with controllers that only say how they are.
#pragma once

#include <gmock/gmock.h>

#include "controllers/restore_plan.hpp"
#include "panel/dispatch.hpp"
#include "panel/http_server.hpp"
#include "runtime/rows.hpp"
#include "test/panel/loop.hpp"
#include "test/support/support.hpp"

namespace argos::test {

struct Idle final : Reconciler {
  explicit Idle(std::string name) : name_(std::move(name)) {}
  std::string_view name() const override { return name_; }
  Task<Result<Next>> reconcile(const Key&) override { co_return Next::on_change(); }
  std::string name_;
};

constexpr int kQuickCost = 4;  // bcrypt's least

struct PanelTest : ::testing::Test {
  PanelTest() {
    config.data_dir = folder.path().string();
    config.db_path = store->path();
    config.backup_dir = folder / "backups";
    manager.add<Idle>("migrations");
    manager.add<Idle>("manifests");
    manager.add<Idle>("caddy");
    for (const char* const name : {"migrations", "manifests", "caddy"}) ready(name, Status::yes, "Reconciled", "");
    for (const auto& bound : {server.listen(ListenAddress{"127.0.0.1", 0}), server.listen(socket_path)}) {
      if (!bound) throw std::runtime_error(bound.error().text());
    }
  }

  void ready(const std::string& controller, Status status, std::string reason, std::string message) {
    conditions.set({Kind::controller, controller}, {"Ready", status, std::move(reason), std::move(message), 0, {}});
  }
  void found(const Key& key, std::string type, Status status, std::string reason, std::uint64_t generation) {
    conditions.set(key, {std::move(type), status, std::move(reason), "", generation, {}});
  }

  // Over the socket, as a command would.
  HttpResponse ask(std::string method, std::string target, std::string body = "",
                   std::vector<std::pair<std::string, std::string>> headers = {}) {
    return send(loop, unix_socket(socket_path), {std::move(method), std::move(target), std::move(headers), std::move(body)});
  }
  HttpResponse over_tcp(std::string method, std::string target, std::vector<std::pair<std::string, std::string>> headers = {}) {
    return send(loop, tcp(server.port()), {std::move(method), std::move(target), std::move(headers), ""});
  }
  HttpResponse put(const std::string& target, const boost::json::value& spec,
                   std::vector<std::pair<std::string, std::string>> headers = {}) {
    return ask("PUT", target, serialize(boost::json::object{{"spec", spec}}), std::move(headers));
  }

  Task<Result<boost::json::object>> plan(RestoreMarker marker) {
    JobProgress progress;
    co_return plan_restore(RestorePlaces::of(config), marker, secrets.ring(), progress);
  }

  void trust(const char* proxy) {
    config.trusted_proxies = {*parse_network(proxy)};
    trusted_proxies = TrustedProxies(config);
  }

  // Another program's hand on the database.
  void sql(const std::string& text) {
    auto other = Database::open(store->path(), Database::Mode::read_write, 1000);
    if (auto done = other->script(text); !done) throw std::runtime_error(done.error().text());
  }
  std::int64_t count(const std::string& sql) {
    auto other = Database::open(store->path(), Database::Mode::read_only, 1000);
    return *other->number(sql);
  }

  TempFolder folder;
  std::string socket_path = folder / "argos.sock";
  Loop loop;
  ManualClock clock;
  std::unique_ptr<Store> store = ready_store(folder / "argos.db");
  Conditions conditions{clock};
  Reports reports;
  Config config;
  Manager manager{*store, conditions, clock};
  Secrets secrets{KeyRing(std::string(64, 'a'), {})};
  Workers workers;
  Events events{*store, conditions, {.kept = 64, .readers = 8}};
  TrustedProxies trusted_proxies{config};
  Passwords passwords{kQuickCost};
  SessionKey session_key{"a session secret of at least 32 bytes"};
  PanelContext context{*store,
                       conditions,
                       manager,
                       reports,
                       config,
                       clock,
                       secrets,
                       workers,
                       events,
                       trusted_proxies,
                       passwords,
                       session_key,
                       CaddySurroundings{},
                       [this](RestoreMarker marker) { return plan(std::move(marker)); }};
  HttpServer server{loop.executor(), make_handler(context), {}, make_gate(context)};
};

inline boost::json::value json(const HttpResponse& answer) { return boost::json::parse(answer.body); }

inline boost::json::array list(const HttpResponse& answer, std::string_view field) { return json(answer).at(field).as_array(); }

// "NotFound", from a problem.
inline std::string reason(const HttpResponse& answer) { return std::string(json(answer).at("reason").as_string()); }
inline std::string reason_if_any(const HttpResponse& answer) {
  const auto found = answer.headers.find("content-type");
  return found != answer.headers.end() && found->second == "application/problem+json" ? reason(answer) : "";
}
inline std::string detail(const HttpResponse& answer) { return std::string(json(answer).at("detail").as_string()); }
inline std::string hint(const HttpResponse& answer) { return std::string(json(answer).at("hint").as_string()); }

// One of the paths that a route answers to.
inline std::string path_of(const Route& route) {
  std::string path(route.pattern);
  if (const auto at = path.find("{kind}"); at != std::string::npos) path.replace(at, 6, "hosts");
  if (const auto at = path.find("{name}"); at != std::string::npos) path.replace(at, 6, "app");
  return path;
}

inline const boost::json::value kHost{{"domain", "app.example.com"}, {"targetGroup", "app"}};
inline const boost::json::value kGroup{{"targets", {{{"host", "127.0.0.1"}, {"port", 9000}}}}};

}  // namespace argos::test
