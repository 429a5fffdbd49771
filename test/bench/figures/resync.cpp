// SPDX-License-Identifier: Apache-2.0
// One pass of the caddy controller that finds nothing to do, on a copy of the database and the very Caddy that serves it.
#include <filesystem>

#include <spdlog/spdlog.h>

#include "controllers/caddy.hpp"
#include "test/bench/figures/site.hpp"

namespace argos::bench {
namespace {

using namespace std::chrono_literals;

constexpr int kPasses = 99;

// Counts what would change Caddy.
struct Wire final : HttpClient {
  BeastHttpClient real;
  int writes = 0;
  Task<Result<HttpResponse>> send(const Endpoint& to, HttpRequest request, std::chrono::milliseconds patience) override {
    if (request.method != "GET" && request.target != "/adapt") ++writes;
    return real.send(to, std::move(request), patience);
  }
};

Caddy::Options options(const test::World& world) {
  Caddy::Options out{.admin = Endpoint::parse(world.admin).value(), .surroundings = {}, .found_folder = world.folder / "copy"};
  out.surroundings.http_port = world.http_port;
  out.surroundings.https_port = world.https_port;
  out.surroundings.access_log = world.folder / "log/access.log";
  out.surroundings.errors_log = world.folder / "log/errors.log";
  return out;
}

void copy_database(const test::World& world) {
  std::filesystem::create_directories(world.folder / "copy");
  const auto copied = world.sql("VACUUM INTO '" + (world.folder / "copy/argos.db") + "'");
  if (copied.status != 0) throw std::runtime_error("the database cannot be copied: " + copied.out);
}

std::int64_t commits(Database& watcher) { return watcher.number("PRAGMA data_version").value(); }

}  // namespace

Resync measure_resync(const test::World& world) {
  spdlog::set_level(spdlog::level::off);
  copy_database(world);
  boost::asio::io_context context;
  Workers workers;
  Wire wire;
  const SystemClock clock;
  Conditions conditions(clock);
  const auto store = test::ready_store(world.folder / "copy/argos.db");
  Reports reports;
  Controller controller(std::make_unique<Caddy>(*store, conditions, reports, wire, workers, clock, options(world)), conditions,
                        clock);
  const auto pass = [&] {
    controller.mark(controller.key(), "bench");
    test::settle(context, controller);
  };
  pass();
  pass();  // the first one looks at everything
  if (!conditions.is_true(controller.key(), "Ready")) throw std::runtime_error("the pass to be measured fails");

  auto watcher = Database::open(world.folder / "copy/argos.db", Database::Mode::read_write).value();
  const auto writes = wire.writes;
  const auto before = commits(watcher);
  std::vector<double> passes, gets;
  for (int round = 0; round < kPasses; ++round) {
    passes.push_back(milliseconds_of(pass));
    gets.push_back(milliseconds_of(
        [&] { test::ask(world.admin_port, {.host = "127.0.0.1:" + std::to_string(world.admin_port), .path = "/config/"}); }));
  }
  return {median(passes), median(gets), wire.writes - writes + (commits(watcher) == before ? 0 : 1)};
}

}  // namespace argos::bench
