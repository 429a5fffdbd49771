// SPDX-License-Identifier: Apache-2.0
#include "test/bench/figures/api.hpp"

#include <memory>

#include <sys/stat.h>

#include <spdlog/fmt/fmt.h>

#include "test/bench/figures/api_site.hpp"

namespace argos::bench {
namespace {

constexpr int kHosts = 1'000;
constexpr int kRequests = 2'000;
constexpr int kReaders = 500;
constexpr int kRounds = 9;

// What serves the same bytes from disk.
class Nginx {
 public:
  explicit Nginx(const std::string& body) {
    folder_.write("www/api/v1/status", body);
    const auto configuration = folder_.write(
        "nginx.conf",
        fmt::format("daemon off; master_process off; pid {0}/pid; error_log {0}/error.log;\n"
                    "events {{ worker_connections 64; }}\n"
                    "http {{ access_log off; sendfile on; keepalive_requests 1000000; default_type application/json;\n"
                    "  client_body_temp_path {0}/b; proxy_temp_path {0}/p; fastcgi_temp_path {0}/f;\n"
                    "  uwsgi_temp_path {0}/u; scgi_temp_path {0}/s;\n"
                    "  server {{ listen 127.0.0.1:{1}; root {0}/www; }} }}\n",
                    folder_.path().string(), port_));
    ::chmod(folder_.path().c_str(), 0755);
    server_ =
        std::make_unique<test::Process>(std::vector<std::string>{"nginx", "-c", configuration},
                                        std::map<std::string, std::string>{}, folder_.path().string(), folder_ / "nginx.log");
    if (!test::eventually(
            [&] { return test::http(fmt::format("http://127.0.0.1:{}", port_), "/api/v1/status").status == 200; }))
      throw std::runtime_error("nginx does not answer: " + server_->log());
  }
  int port() const { return port_; }

 private:
  test::TempFolder folder_;
  int port_ = test::free_port();
  std::unique_ptr<test::Process> server_;
};

Figure status_beside_nginx(const ApiSite& site) {
  constexpr double kPromised = 4;
  Visitor visitor(site.port());
  const Nginx nginx(visitor.get("/api/v1/status", site.cookie()));
  Visitor other(nginx.port());
  std::vector<double> ours, theirs;
  for (int round = 0; round < kRounds; ++round) {
    theirs.push_back(times_of(other, kRequests, "/api/v1/status").median);
    ours.push_back(times_of(visitor, kRequests, "/api/v1/status", site.cookie()).median);
  }
  const double measured = median(ours), yardstick = median(theirs);
  return {"GET /api/v1/status with a session", fmt::format("{:.3f} ms", measured),
          fmt::format("nginx, the same bytes from disk: {:.3f} ms", yardstick),
          fmt::format("≤ {:.3f} ms", kPromised * yardstick), measured <= kPromised * yardstick};
}

Figure first_page(const ApiSite& site) {
  constexpr double kPromised = 10;
  Visitor visitor(site.port());
  const auto times = times_of(visitor, 200, "/api/v1/hosts?limit=100", site.cookie());
  return {"1000 hosts: the first page of 100", fmt::format("{:.2f} ms", times.median), "",
          fmt::format("≤ {:.0f} ms", kPromised), times.median <= kPromised};
}

// Until ?wait tells what Caddy has against a change: found among all those hosts, and taken back before the next one.
Figure refused_change(const ApiSite& site) {
  constexpr double kPromised = 2'000;
  const std::string target = "/api/v1/hosts/refused?wait=10s";
  std::vector<double> told;
  for (int round = 0; round < kRounds; ++round) {
    const auto body = fmt::format(
        R"({{"spec": {{"domain": "refused.test", "tls": {{"mode": "none"}}, "caddyHandlers": [{{"handler": "none_{}"}}]}}}})",
        round);
    told.push_back(milliseconds_of([&] {
      const auto answer = test::http(site.world().socket(), target, {}, "PUT", body);
      if (answer.status != 422 || answer.body.find(fmt::format("none_{}", round)) == std::string::npos)
        throw std::runtime_error("no word of Caddy's refusal: " + answer.body);
    }));
    test::http(site.world().socket(), target, {}, "DELETE");
  }
  const double measured = median(told);
  return {"1000 hosts: a change that Caddy refuses is told", fmt::format("{:.0f} ms", measured), "",
          fmt::format("≤ {:.0f} ms", kPromised), measured <= kPromised};
}

std::vector<Figure> events(const ApiSite& site) {
  constexpr double kPromised = 100, kPromisedKib = 20;
  const double before = site.resident_kib();
  std::vector<std::unique_ptr<Visitor>> readers;
  for (int at = 0; at < kReaders; ++at) {
    readers.push_back(std::make_unique<Visitor>(site.port()));
    readers.back()->send("/api/v1/events", site.cookie());
    readers.back()->until("event: ready");
  }
  const double each = (site.resident_kib() - before) / kReaders;
  std::vector<double> told;
  for (int round = 0; round < kRounds; ++round) {
    told.push_back(milliseconds_of([&] {
      site.change(round);
      for (const auto& reader : readers) reader->until("\"told\",\"what\"");
    }));
  }
  const double measured = median(told);
  return {{fmt::format("{} readers of events: a change reaches all", kReaders), fmt::format("{:.1f} ms", measured), "",
           fmt::format("≤ {:.0f} ms", kPromised), measured <= kPromised},
          {fmt::format("{} readers of events: memory of each", kReaders), fmt::format("{:.1f} KiB", each), "",
           fmt::format("≤ {:.0f} KiB", kPromisedKib), each <= kPromisedKib}};
}

}  // namespace

std::vector<Figure> measure_api() {
  const ApiSite site(kHosts);
  std::vector<Figure> out{status_beside_nginx(site), first_page(site), refused_change(site)};
  for (auto& figure : events(site)) out.push_back(std::move(figure));
  return out;
}

}  // namespace argos::bench
