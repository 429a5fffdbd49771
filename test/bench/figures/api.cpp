// SPDX-License-Identifier: Apache-2.0
#include "test/bench/figures/api.hpp"

#include <algorithm>
#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

#include <spdlog/fmt/fmt.h>

#include "test/e2e/world.hpp"
#include "test/support/sockets.hpp"

namespace argos::bench {
namespace {

constexpr int kHosts = 1'000;
constexpr int kRequests = 2'000;
constexpr int kReaders = 500;
constexpr int kRounds = 9;
constexpr std::string_view kPassword = "correct horse battery";

// One connection that is kept, as browsers and proxies keep theirs.
class Visitor {
 public:
  explicit Visitor(int port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const auto to = test::loopback(port);
    if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
      throw std::runtime_error("nobody listens");
  }
  int descriptor() const { return socket_.get(); }

  void send(const std::string& target, const std::string& more = "") {
    if (!test::send_all(socket_.get(), "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + more + "\r\n"))
      throw std::runtime_error("the connection is closed");
  }
  // A whole answer's body.
  std::string get(const std::string& target, const std::string& more = "") {
    send(target, more);
    std::size_t head = std::string::npos;
    while ((head = read_.find("\r\n\r\n")) == std::string::npos) receive();
    if (!read_.starts_with("HTTP/1.1 200")) throw std::runtime_error(target + ": " + read_);
    const auto length = read_.find("Content-Length: ");
    const auto size = head + 4 + std::stoul(read_.substr(length + 16));
    while (read_.size() < size) receive();
    auto body = read_.substr(head + 4, size - head - 4);
    read_.erase(0, size);
    return body;
  }
  void until(std::string_view text) {
    while (read_.find(text) == std::string::npos) receive();
    read_.clear();
  }

 private:
  void receive() {
    if (!test::receive(socket_.get(), read_)) throw std::runtime_error("the connection was closed");
  }
  test::Socket socket_;
  std::string read_;
};

struct Times {
  double median = 0, p99 = 0;
};
Times times_of(Visitor& visitor, int requests, const std::string& target, const std::string& more = "") {
  std::vector<double> all;
  for (int at = 0; at < requests; ++at) all.push_back(milliseconds_of([&] { visitor.get(target, more); }));
  std::ranges::sort(all);
  return {all[all.size() / 2], all[all.size() * 99 / 100]};
}

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

class ApiSite {
 public:
  ApiSite() {
    for (int at = 0; at < kHosts; ++at)
      world_.manifest(fmt::format("h{}.yaml", at),
                      test::World::host(fmt::format("h{}", at), fmt::format("h{}.test", at), "here"));
    world_.start_caddy();
    world_.start_argos({{"ARGOS_LISTEN", fmt::format("127.0.0.1:{}", port_)}, {"ARGOS_LOG_LEVEL", "info"}});
    world_.until_ready();
    log_in();
  }
  int port() const { return port_; }
  const std::string& cookie() const { return cookie_; }
  double resident_kib() const {
    double pages = 0, resident = 0;
    std::ifstream(fmt::format("/proc/{}/statm", world_.server->pid())) >> pages >> resident;
    return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1024;
  }
  void change(int round) const {
    const auto body = fmt::format(R"({{"objects": [{{"kind": "TargetGroup", "metadata": {{"name": "told"}},
                                     "spec": {{"targets": [{{"host": "192.0.2.7", "port": {}}}]}}}}]}})",
                                  8000 + round);
    const auto answer = test::http("unix://" + (world_.folder / "data/argos.sock"), "/api/v1/apply", {}, "POST", body);
    if (answer.status != 200) throw std::runtime_error("apply is refused: " + answer.body);
  }

 private:
  void log_in() {
    const auto file = world_.folder.write("password", std::string(kPassword) + "\n");
    if (const auto added = world_.argos("user add bench --role viewer --password-file '" + file + "'"); added.status != 0)
      throw std::runtime_error(added.out);
    const auto said = test::shell(fmt::format(
        R"(curl -sS -o /dev/null -D - -H 'Content-Type: application/json' -d '{{"user": "bench", "password": "{}"}}' http://127.0.0.1:{}/api/v1/login)",
        kPassword, port_));
    const auto at = said.out.find("argos_session=");
    if (at == std::string::npos) throw std::runtime_error("no login: " + said.out);
    cookie_ = "Cookie: " + said.out.substr(at, said.out.find(';', at) - at) + "\r\n";
  }

  test::World world_;
  int port_ = test::free_port();
  std::string cookie_;
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
  const ApiSite site;
  std::vector<Figure> out{status_beside_nginx(site), first_page(site)};
  for (auto& figure : events(site)) out.push_back(std::move(figure));
  return out;
}

}  // namespace argos::bench
