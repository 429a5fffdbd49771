// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <chrono>
#include <thread>

#include <spdlog/fmt/fmt.h>

#include "test/bench/figures/api_site.hpp"
#include "test/bench/figures/backups.hpp"

namespace argos::bench {
namespace {

using namespace std::chrono_literals;

constexpr int kHosts = 10;
constexpr int kRowsOf1Gb = 3 * kRowsOf350Mb;
constexpr double kRead = 10, kWrite = 50, kWriteAtMost = 250;  // milliseconds: p99, p99, the longest

// Does `job` again and again, with a pause, while a backup is made.
Times while_backed_up(const ApiSite& site, std::chrono::milliseconds pause, const std::function<void()>& job) {
  std::atomic<bool> done = false;
  std::string failed;
  std::thread backup([&] {
    if (const auto made = site.world().argos("backup now"); made.status != 0) failed = made.out;
    done = true;
  });
  std::vector<double> all;
  while (!done) {
    all.push_back(milliseconds_of(job));
    std::this_thread::sleep_for(pause);
  }
  backup.join();
  if (!failed.empty()) throw std::runtime_error("no backup: " + failed);
  return times_of(std::move(all));
}

Figure figure(double database, const char* what, double measured, double idle, double bound) {
  return {fmt::format("{:.0f} MB being backed up: {}", database, what), fmt::format("{:.1f} ms", measured),
          fmt::format("p99 with nothing going on: {:.1f} ms", idle), fmt::format("≤ {:.0f} ms", bound), measured <= bound};
}

}  // namespace

std::vector<Figure> measure_meanwhile() {
  std::vector<Figure> out;
  {
    const ApiSite site(kHosts, [](const std::string& path) { fill_log(path, kRowsOf350Mb); });
    Visitor visitor(site.port());
    const auto read = [&] { visitor.get("/api/v1/status", site.cookie()); };
    const auto idle = times_of(visitor, 500, "/api/v1/status", site.cookie());
    const auto busy = while_backed_up(site, 2ms, read);
    out.push_back(figure(site.database_mb(), "GET /api/v1/status, p99", busy.p99, idle.p99, kRead));
  }
  const ApiSite site(kHosts, [](const std::string& path) { fill_log(path, kRowsOf1Gb); });
  int round = 0;
  const auto write = [&] { site.change(++round); };
  std::vector<double> calm;
  for (int at = 0; at < 100; ++at) calm.push_back(milliseconds_of(write));
  const auto idle = times_of(std::move(calm));
  const auto busy = while_backed_up(site, 20ms, write);
  out.push_back(figure(site.database_mb(), "a change applied, p99", busy.p99, idle.p99, kWrite));
  out.push_back(figure(site.database_mb(), "a change applied, the longest", busy.most, idle.p99, kWriteAtMost));
  return out;
}

}  // namespace argos::bench
