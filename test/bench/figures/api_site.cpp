// SPDX-License-Identifier: Apache-2.0
#include "test/bench/figures/api_site.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include <spdlog/fmt/fmt.h>

#include "test/bench/figures/figure.hpp"

namespace argos::bench {
namespace {

constexpr std::string_view kPassword = "correct horse battery";

}  // namespace

Visitor::Visitor(int port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  const auto to = test::loopback(port);
  if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
    throw std::runtime_error("nobody listens");
}

void Visitor::send(const std::string& target, const std::string& more) {
  if (!test::send_all(socket_.get(), "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + more + "\r\n"))
    throw std::runtime_error("the connection is closed");
}

std::string Visitor::get(const std::string& target, const std::string& more) {
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

void Visitor::until(std::string_view text) {
  while (read_.find(text) == std::string::npos) receive();
  read_.clear();
}

void Visitor::receive() {
  if (!test::receive(socket_.get(), read_)) throw std::runtime_error("the connection was closed");
}

Times times_of(std::vector<double> all) {
  std::ranges::sort(all);
  return {all[all.size() / 2], all[all.size() * 99 / 100], all.back()};
}

Times times_of(Visitor& visitor, int requests, const std::string& target, const std::string& more) {
  std::vector<double> all;
  for (int at = 0; at < requests; ++at) all.push_back(milliseconds_of([&] { visitor.get(target, more); }));
  return times_of(std::move(all));
}

ApiSite::ApiSite(int hosts, const std::function<void(const std::string& path)>& fill) {
  for (int at = 0; at < hosts; ++at)
    world_.manifest(fmt::format("h{}.yaml", at),
                    test::World::host(fmt::format("h{}", at), fmt::format("h{}.test", at), "here"));
  world_.start_caddy();
  start();
  if (fill) {
    world_.server->signal(SIGTERM);
    world_.server->wait();
    fill(world_.folder / "data/argos.db");
    start();
  }
  log_in();
}

void ApiSite::start() {
  world_.start_argos({{"ARGOS_LISTEN", fmt::format("127.0.0.1:{}", port_)}, {"ARGOS_LOG_LEVEL", "info"}});
  world_.until_ready();
}

double ApiSite::resident_kib() const {
  double pages = 0, resident = 0;
  std::ifstream(fmt::format("/proc/{}/statm", world_.server->pid())) >> pages >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1024;
}

double ApiSite::database_mb() const {
  return static_cast<double>(std::filesystem::file_size(world_.folder / "data/argos.db")) / 1e6;
}

void ApiSite::change(int round) const {
  const auto body = fmt::format(R"({{"objects": [{{"kind": "TargetGroup", "metadata": {{"name": "told"}},
                                   "spec": {{"targets": [{{"host": "192.0.2.7", "port": {}}}]}}}}]}})",
                                1 + round % 60'000);
  const auto answer = test::http(world_.socket(), "/api/v1/apply", {}, "POST", body);
  if (answer.status != 200) throw std::runtime_error("apply is refused: " + answer.body);
}

void ApiSite::log_in() {
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

}  // namespace argos::bench
