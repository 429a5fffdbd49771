// SPDX-License-Identifier: Apache-2.0
// The caddy controller, stepped by hand, with a real database and a real Caddy.
#pragma once

#include <set>

#include <spdlog/spdlog.h>

#include "controllers/caddy.hpp"
#include "runtime/rows.hpp"
#include "test/support/caddy.hpp"

namespace argos {

using namespace std::chrono_literals;

// Passes everything on, counts it, and does what a test wants in between.
struct Wire final : HttpClient {
  BeastHttpClient real;
  int reads = 0, writes = 0;
  std::function<void()> before_write, after_write;
  std::optional<std::string> garbled;  // what argos reads in place of Caddy's configuration
  std::function<bool(const std::string&)> refuses;  // which documents Caddy refuses, besides those that it does
  std::optional<Error> lost;  // what argos hears of a write that Caddy did carry out
  std::optional<HttpResponse> in_between;  // what a server on the way answers in Caddy's place
  std::optional<Error> hangs;  // what argos hears of a write that never reached Caddy

  Task<Result<HttpResponse>> send(const Endpoint& to, HttpRequest request, std::chrono::milliseconds patience) override {
    const bool writes_config = request.method == "POST" && request.target == "/config/";
    ++(writes_config ? writes : reads);
    if (writes_config && before_write) before_write();
    if (writes_config && refuses && refuses(request.body))
      co_return HttpResponse{400, {}, R"({"error":"loading new config: no"})"};
    if (writes_config && in_between) co_return *in_between;
    if (writes_config && hangs) co_return *hangs;
    auto answer = co_await real.send(to, std::move(request), patience);
    if (writes_config && after_write) after_write();
    if (writes_config && lost) co_return *lost;
    if (!writes_config && garbled && answer) answer->body = *garbled;
    co_return answer;
  }
};

class CaddyController : public testing::TestWithParam<test::CaddyBinary> {
 protected:
  CaddyController() { spdlog::set_level(spdlog::level::off); }

  static constexpr WorkQueue::Backoff kBackoff{.first = 200ms, .most = 1s};

  // A new argos over the same database and Caddy.
  void restart_argos() {
    conditions_ = std::make_unique<Conditions>(clock_);
    controller_ = std::make_unique<Controller>(
        std::make_unique<Caddy>(*store_, *conditions_, reports_, wire_, workers_, clock_, options()), *conditions_, clock_,
        kBackoff);
  }
  virtual Caddy::Options options() const {
    Caddy::Options out{.admin = caddy_.endpoint(), .surroundings = {}, .found_folder = folder_.path().string()};
    out.surroundings.http_port = http_port_;
    out.surroundings.https_port = caddy_.https_port();
    out.surroundings.access_log = caddy_.folder() / "access.log";
    out.surroundings.errors_log = caddy_.folder() / "errors.log";
    return out;
  }
  void SetUp() override { restart_argos(); }

  // One pass, and whatever is due at once after it.
  void pass() {
    controller_->mark(controller_->key(), "test");
    test::settle(context_, *controller_);
  }

  template <class Spec>
  void put_row(const std::string& name, const Spec& spec, ManagedBy by = ManagedBy::apply) {
    put_row(*store_, name, spec, by);
  }
  template <class Spec>
  static void put_row(Store& store, const std::string& name, const Spec& spec, ManagedBy by = ManagedBy::apply) {
    const auto done = store.write([&](Database& database) -> Result<> {
      const auto put_it = put(database, name, spec, by, by == ManagedBy::apply ? "cli" : "");
      if (!put_it) return put_it.error();
      return {};
    });
    ASSERT_TRUE(done) << done.error().text();
  }
  void delete_row(const Key& key) {
    ASSERT_TRUE(store_->write([&](Database& database) -> Result<> {
      const auto removed = remove(database, key);
      if (!removed) return removed.error();
      return {};
    }));
  }
  void group(const std::string& name, int port) {
    TargetGroup spec;
    spec.targets.push_back({.host = "127.0.0.1", .port = port, .weight = 1, .enabled = true});
    put_row(name, spec);
  }
  static Host plain(const std::string& domain, const std::string& group) {
    Host host;
    host.domain = domain;
    host.target_group = group;
    host.tls.mode = TlsMode::none;
    return host;
  }
  // app.test, answered by backend_.
  void one_host() {
    group("app", backend_.port());
    put_row("app", plain("app.test", "app"));
  }
  static Host with_raw_handler(const std::string& domain, const char* handler) {
    auto host = plain(domain, "app");
    host.caddy_handlers.push_back(boost::json::parse(handler));
    return host;
  }

  // For a moment after a change Caddy's former server may still take connections.
  bool serves(const std::string& host, int status) const {
    return test::eventually([&] {
      return test::ask(http_port_, {.method = "GET", .host = host, .path = "/", .body = {}, .headers = {}}).status == status;
    });
  }
  // "True Programmed", or nothing where there is no such condition.
  std::string condition(const Key& key, std::string_view type) const {
    const auto* const found = conditions_->find(key, type);
    return found == nullptr ? "" : std::string(to_string(found->status)) + " " + found->reason;
  }
  std::string message(const Key& key, std::string_view type) const { return conditions_->find(key, type)->message; }
  std::string ready() const { return condition(controller_->key(), "Ready"); }
  std::set<std::string> found_files() const {
    std::set<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      const auto name = entry.path().filename().string();
      if (name.starts_with("caddy-found-")) out.insert(name);
    }
    return out;
  }
  std::string foreign(const std::string& body = "foreign") const {
    return R"({"admin":{"listen":"unix/)" + caddy_.endpoint().socket + R"("},"apps":{"http":{"servers":{"x":{"listen":[":)" +
           std::to_string(http_port_) +
           R"("],"automatic_https":{"disable":true},"routes":[{"handle":[{"handler":"static_response","body":")" + body +
           R"("}]}]}}}}})";
  }

  const Key app_{Kind::host, "app"};
  const Key group_{Kind::target_group, "app"};
  const Key settings_{Kind::settings, "default"};
  test::TempFolder folder_;
  test::ManualClock clock_;
  boost::asio::io_context context_;
  Workers workers_;
  Wire wire_;
  Reports reports_;
  test::Backend backend_{"a"};
  test::RealCaddy caddy_{GetParam().path};
  int http_port_ = caddy_.http_port();
  std::unique_ptr<Store> store_ = test::ready_store(folder_ / "argos.db");
  std::unique_ptr<Conditions> conditions_;
  std::unique_ptr<Controller> controller_;
};

}  // namespace argos
