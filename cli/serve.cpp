// SPDX-License-Identifier: Apache-2.0
// The wiring: every part is made here, in reading order, and nowhere else.
#include "cli/serve.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <iostream>

#include <malloc.h>
#include <sys/resource.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <spdlog/spdlog.h>

#include "cli/app.hpp"
#include "cli/doctor.hpp"
#include "controllers/accounts.hpp"
#include "controllers/backups.hpp"
#include "controllers/caddy.hpp"
#include "controllers/certificates.hpp"
#include "controllers/crowdsec.hpp"
#include "controllers/drift.hpp"
#include "controllers/history.hpp"
#include "controllers/integrity.hpp"
#include "controllers/manifests.hpp"
#include "controllers/migrations.hpp"
#include "controllers/panel_host.hpp"
#include "controllers/restore.hpp"
#include "controllers/restore_plan.hpp"
#include "controllers/secrets.hpp"
#include "controllers/surroundings.hpp"
#include "controllers/targets.hpp"
#include "controllers/tls.hpp"
#include "panel/dispatch.hpp"
#include "panel/http_server.hpp"
#include "runtime/condition_times.hpp"
#include "runtime/files.hpp"
#include "runtime/lock.hpp"
#include "runtime/log.hpp"
#include "runtime/sd_notify.hpp"
#include "runtime/sources.hpp"
#include "runtime/version.hpp"
#include "runtime/workers.hpp"

namespace argos {
namespace asio = boost::asio;
using namespace std::chrono_literals;
namespace {

constexpr auto kAnswersInHand = 3s;  // at the end, for requests to the API
constexpr auto kWayOut = 9s;         // SIGTERM to exit, at the most (10 s are promised)

CaddySurroundings surroundings_of(const Config& config) {
  CaddySurroundings out;
  out.http_port = config.http_port;
  out.https_port = config.https_port;
  out.access_log = config.caddy_access_log;
  out.errors_log = config.caddy_errors_log;
  out.certificates_folder = config.caddy_manual_certs_dir;
  out.acme_ca_url = config.acme_ca_url;
  out.acme_ca_root = config.acme_ca_root;
  if (!config.crowdsec_bouncer_api_key.empty()) out.crowdsec_lapi_url = config.crowdsec_lapi_url;
  out.crowdsec_appsec_url = config.crowdsec_appsec_url;
  return out;
}

// Caddy's folder may lie in argos' own, and somebody may name a wrong one: what is secret or not Caddy's is in no archive.
BackupPlaces backup_places_of(const Config& config) {
  return {config.db_path,
          config.backup_dir,
          config.caddy_data_dir,
          {config.data_dir, config.backup_dir, config.manual_certs_dir, config.caddy_manual_certs_dir, config.manifests_dir,
           config.db_path}};
}

// Everything that runs, in the order in which it is made; it is unmade the other way round.
class Stack {
 public:
  Stack(const Config& config, KeyRing ring, SessionKey session_key, InitialAdmin first, const Companions& companions)
      : config_(config), companions_(companions), secrets_(std::move(ring)), session_key_(std::move(session_key)) {
    manager_
        .add<Restore>(store_, conditions_, reports_, clock_, secrets_.ring(),
                      Restore::Options{.places = RestorePlaces::of(config), .leaving = &leaving_})
        .before_store()
        .every(1s);
    manager_
        .add<Migrations>(store_, workers_, migration_steps(),
                         backup_before_upgrade(backup_places_of(config), secrets_.ring().current_id(), clock_, made_before_))
        .before_store()
        .after("restore")
        .all(Kind::settings)  // what says that the database is ready says so to it too
        .every(1min);
    manager_.add<SecretsKeeper>(store_, workers_, conditions_, secrets_)
        .all(Kind::certificate)
        .all(Kind::user)
        .every(1min)
        .debounce(100ms);
    manager_.add<Accounts>(store_, passwords_, clock_, std::move(first)).all(Kind::user).every(10min);
    add_panel_host();
    manager_.add<Manifests>(store_, workers_, conditions_, reports_, clock_, secrets_, config.manifests_dir)
        .files(config.manifests_dir, 2ms)
        .all(Kind::host)
        .all(Kind::target_group)
        .all(Kind::settings)
        .all(Kind::certificate)
        .all(Kind::backup_policy)
        .every(1min)
        .debounce(20ms);  // most changed rows are its own, just written
    manager_
        .add<Certificates>(store_, conditions_, http_, workers_, clock_, secrets_.ring(),
                           Certificates::Options{.folder = config.manual_certs_dir, .caddy_admin = config.caddy_admin})
        .all(Kind::certificate)
        .all(Kind::host)
        .all(Kind::settings)
        .files(config.manual_certs_dir)
        .every(1min)
        .debounce(5ms);
    manager_
        .add<Caddy>(store_, conditions_, reports_, http_, workers_, clock_,
                    Caddy::Options{.admin = config.caddy_admin,
                                   .surroundings = surroundings_of(config),
                                   .found_folder = config.data_dir,
                                   .handshakes_are_seen = true})
        .all(Kind::host)
        .all(Kind::target_group)
        .all(Kind::certificate)
        .all(Kind::settings)
        .all(Kind::request)
        .after("certificates")  // a pair that is not whole is found out before Caddy is told of it
        .connection(config.caddy_admin, "/config/admin")
        .every(30s)
        .debounce(2ms)
        .backoff({.first = 200ms, .most = 2s});
    manager_.add<Targets>(store_, conditions_, reports_, http_, clock_, config.caddy_admin, caddy_told_)
        .all(Kind::host)
        .all(Kind::target_group)
        .connection(config.caddy_admin, "/config/admin", [this] { caddy_told_.last = clock_.now(); })
        .every(10s)
        .debounce(500ms);  // in no hurry: visitors wait for `caddy`, not for it
    manager_.add<TlsWatcher>(store_, conditions_, reports_, clock_, caddy_told_, surroundings_of(config), config.caddy_tls_addr)
        .all(Kind::host)
        .all(Kind::certificate)
        .all(Kind::request)
        .condition(Kind::host, "Programmed")
        .condition(Kind::certificate, "Programmed")
        .connection(config.caddy_admin, "/config/admin", [this] { caddy_told_.last = clock_.now(); })
        .lines(config.caddy_errors_log, [this](std::string_view line) { return caddy_told_.hear(line); })
        .every(1min)
        .debounce(50ms);  // while Caddy loads, for which visitors wait
    manager_
        .add<CrowdSec>(conditions_, reports_, http_, clock_, config.crowdsec_lapi_url, config.crowdsec_bouncer_api_key,
                       config.crowdsec_appsec_url)
        .every(10s);
    manager_.add<DriftKeeper>(store_, conditions_, reports_, clock_)
        .all(Kind::host)
        .all(Kind::target_group)
        .all(Kind::settings)
        .all(Kind::certificate)
        .all(Kind::backup_policy)
        .all(Kind::controller)
        .every(1min)
        .debounce(20ms);
    manager_.add<History>(store_, clock_)
        .all(Kind::host)
        .all(Kind::target_group)
        .all(Kind::settings)
        .all(Kind::certificate)
        .all(Kind::backup_policy)
        .every(1h);
    manager_.add<Integrity>(store_, conditions_, reports_, clock_, absolute_path(config.manual_certs_dir))
        .files(config.manual_certs_dir)
        .every(10min)
        .debounce(1s);
    manager_
        .add<Backups>(store_, conditions_, reports_, clock_, secrets_.ring(),
                      Backups::Options{backup_places_of(config), made_before_, &leaving_})
        .all(Kind::backup_policy)
        .all(Kind::request)
        .condition(Kind::controller, "Restoring")
        .files(config.backup_dir)
        .every(1min)
        .debounce(20ms)
        .backoff({.first = 1s, .most = 5min});
    manager_.add<Surroundings>(onlooker_, conditions_, [config] { return look_around(config); }).before_store().every(30s);
    if (companions_.add) companions_.add(manager_, conditions_, clock_);
    manager_.add_source(std::make_unique<ConditionTimes>(store_, conditions_));
    conditions_.listen([this](const Key& key, const Condition& condition) { on_condition(key, condition); });
  }

  Result<> listen() {
    if (auto bound = server_.listen(config_.socket_path()); !bound) return bound;
    return server_.listen(config_.listen);
  }

  void run() {
    signals_.async_wait([this](const boost::system::error_code& failed, int number) {
      if (!failed) stop(number);
    });
    asio::co_spawn(context_, manager_.run(), [this](const std::exception_ptr&) { manager_ended(); });
    sd_notify("READY=1\nSTATUS=converging");
    context_.run();
  }

 private:
  void add_panel_host() {
    auto wiring =
        manager_.add<PanelHost>(store_, clock_, trusted_proxies_, config_).all(Kind::host).all(Kind::target_group).every(1min);
    if (trusted_proxies_.follows_caddy() && !config_.caddy_admin.is_socket())
      wiring.connection(config_.caddy_admin, "/config/admin");
  }

  Task<Result<boost::json::object>> plan(RestoreMarker marker) {
    auto job = [places = RestorePlaces::of(config_), &ring = secrets_.ring(), marker = std::move(marker)] {
      JobProgress progress;
      return plan_restore(places, marker, ring, progress);
    };
    co_return co_await planner_.run(std::move(job));
  }

  void stop(int number) {
    spdlog::info("stopping: signal {}", number);
    sd_notify("STOPPING=1");
    leaving_ = true;
    manager_.stop();
    way_out_.expires_after(kWayOut);
    way_out_.async_wait([](const boost::system::error_code& cancelled) {
      if (cancelled) return;
      spdlog::warn("a step did not end in time: leaving as after a crash, which every step is made to survive");
      std::_Exit(kDone);
    });
  }

  void manager_ended() {
    asio::co_spawn(context_, server_.stop(kAnswersInHand), [this](const std::exception_ptr&) {
      way_out_.cancel();
      context_.stop();
    });
  }

  void on_condition(const Key& key, const Condition& condition) {
    if (key.kind == Kind::controller) {
      if (condition.type == "Ready") announce();
      return;
    }
    if (condition.type == "Ready" && condition.status != Status::unknown && condition.reason != "Pending") {
      spdlog::info("{}: Ready={} {} {}", to_string(key), to_string(condition.status), condition.reason, condition.message);
    }
  }

  void announce() {
    if (announced_ || !manager_.waiting().empty()) return;
    announced_ = true;
    spdlog::info("every controller is Ready");
    sd_notify("STATUS=every controller is Ready");
    if (companions_.all_ready) companions_.all_ready(store_, server_.port());
  }

  // Constant after construction
  const Config& config_;
  const Companions& companions_;
  Secrets secrets_;
  SessionKey session_key_;
  std::atomic<bool> leaving_ = false;  // any thread
  // Loop thread only
  SystemClock clock_;
  std::shared_ptr<MadeBefore> made_before_ = std::make_shared<MadeBefore>();
  asio::io_context context_{1};
  asio::signal_set signals_{context_, SIGINT, SIGTERM, SIGHUP};
  asio::steady_timer way_out_{context_};
  Workers workers_;
  Workers planner_{1};
  Workers onlooker_{1};  // alone: what it looks at may hang
  Passwords passwords_;
  BeastHttpClient http_;
  Store store_{config_.db_path, config_.data_dir};
  Conditions conditions_{clock_};
  Reports reports_;
  CaddyTold caddy_told_;
  TrustedProxies trusted_proxies_{config_};
  Manager manager_{store_, conditions_, clock_};
  Events events_{store_, conditions_};
  PanelContext panel_{store_,
                      conditions_,
                      manager_,
                      reports_,
                      config_,
                      clock_,
                      secrets_,
                      workers_,
                      events_,
                      trusted_proxies_,
                      passwords_,
                      session_key_,
                      surroundings_of(config_),
                      [this](RestoreMarker marker) { return plan(std::move(marker)); }};
  HttpServer server_{context_.get_executor(), make_handler(panel_), {}, make_gate(panel_)};
  bool announced_ = false;
};

// Threads that seldom work at the same time need no heap each, and what was large goes back to the system.
void keep_memory_small() {
  constexpr int kHeaps = 2, kLarge = 128 * 1024;
  ::mallopt(M_ARENA_MAX, kHeaps);
  ::mallopt(M_MMAP_THRESHOLD, kLarge);
}

// Each listener may hold 2,048 connections, and the database must never be short of a file beside them; where nothing else is said a
// program gets 1,024 in all.
void raise_open_files() {
  constexpr rlim_t kEnough = 16'384;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= kEnough) return;
  limit.rlim_cur = std::min(limit.rlim_max, kEnough);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int fail(const Error& error) {
  std::cerr << "argos: " << error.text() << "\n";
  return kFailed;
}

}  // namespace

int serve(Config& config, const Companions& companions) {
  keep_memory_small();
  raise_open_files();
  set_up_log(config.log_level, config.log_format);
  for (const auto& warning : config.warnings) spdlog::warn("{}", warning);
  std::error_code failed;
  std::filesystem::create_directories(config.data_dir, failed);
  const auto lock = Lock::take(config.lock_path());
  if (!lock) return fail(lock.error());
  spdlog::info("argos {} serves {}", version(), config.data_dir);
  Stack stack(config, KeyRing::take(config), SessionKey::take(config), InitialAdmin::take(config), companions);
  if (auto bound = stack.listen(); !bound) return fail(bound.error());
  stack.run();
  spdlog::info("stopped");
  return kDone;
}

}  // namespace argos
