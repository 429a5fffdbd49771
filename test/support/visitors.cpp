// SPDX-License-Identifier: Apache-2.0
#include "test/support/visitors.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <spdlog/fmt/fmt.h>

#include "test/support/sockets.hpp"

namespace argos::test {
namespace {

constexpr int kPatience = 20'000;                              // milliseconds
constexpr auto kBreath = std::chrono::milliseconds(1);         // between two visits: Caddy and argos need the processors too
constexpr std::size_t kMostFailures = 20;

}  // namespace

// One connection to a site, HTTP/1.1.
class Visitors::Connection {
 public:
  explicit Connection(int port) : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const auto to = loopback(port);
    if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) fail("connect");
  }
  ~Connection() { ::close(descriptor_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  struct Said {
    int status = 0;
    std::string body;
    bool closes = false;
  };
  // Nothing: it broke. `silent` says whether it broke before a single byte came.
  std::optional<Said> ask(const std::string& domain, bool keep) {
    silent_ = true;
    if (!trouble_.empty()) return std::nullopt;
    const auto request = fmt::format("GET / HTTP/1.1\r\nHost: {}\r\n{}\r\n", domain, keep ? "" : "Connection: close\r\n");
    if (::send(descriptor_, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) {
      return fail("send");
    }
    std::string bytes;
    std::size_t head = std::string::npos;
    while ((head = bytes.find("\r\n\r\n")) == std::string::npos) {
      if (!receive(bytes)) return std::nullopt;
    }
    const auto length = length_of(bytes.substr(0, head + 2));
    while (bytes.size() < head + 4 + length) {
      if (!receive(bytes)) return std::nullopt;
    }
    return Said{std::atoi(bytes.c_str() + 9), bytes.substr(head + 4, length),
                bytes.substr(0, head).find("Connection: close") != std::string::npos};
  }
  bool silent() const { return silent_; }
  const std::string& trouble() const { return trouble_; }

 private:
  static std::size_t length_of(const std::string& head) {
    const std::string_view name = "Content-Length: ";
    const auto at = head.find(name);
    return at == std::string::npos ? 0 : std::strtoul(head.c_str() + at + name.size(), nullptr, 10);
  }
  std::optional<Said> fail(const char* what) {
    trouble_ = fmt::format("{}: {}", what, std::strerror(errno));
    return std::nullopt;
  }
  bool receive(std::string& into) {
    pollfd wait{descriptor_, POLLIN, 0};
    if (::poll(&wait, 1, kPatience) <= 0) {
      trouble_ = "no answer in time";
      return false;
    }
    char block[4096];
    const auto got = ::recv(descriptor_, block, sizeof block, 0);
    if (got < 0) fail("receive");
    if (got == 0) trouble_ = "closed";
    if (got <= 0) return false;
    silent_ = false;
    into.append(block, static_cast<std::size_t>(got));
    return true;
  }

  int descriptor_;
  bool silent_ = true;
  std::string trouble_;
};

Visitors::Visitors(int port, int count, std::function<Visit(unsigned)> next) : port_(port), next_(std::move(next)) {
  for (int one = 0; one < count; ++one) {
    threads_.emplace_back([this, one] { one % 2 == 0 ? ask_afresh() : ask_on_a_kept_one(); });
  }
}

Visitors::~Visitors() { stop(); }

void Visitors::stop() {
  stopping_ = true;
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void Visitors::judge(const Visit& visit, int status, const std::string& body, const std::string& how) {
  ++requests_;
  if (visit.good(status, body)) return;
  const std::lock_guard lock(mutex_);
  if (failures_.size() < kMostFailures) failures_.push_back(fmt::format("{}: {} '{}' {}", visit.domain, status, body, how));
}

void Visitors::ask_afresh() {
  while (!stopping_) {
    const auto visit = next_(number_++);
    Connection connection(port_);
    const auto said = connection.ask(visit.domain, false);
    judge(visit, said ? said->status : 0, said ? said->body : "", "on a fresh connection: " + connection.trouble());
    std::this_thread::sleep_for(kBreath);
  }
}

void Visitors::ask_on_a_kept_one() {
  std::unique_ptr<Connection> kept;
  while (!stopping_) {
    const auto visit = next_(number_++);
    bool used = kept != nullptr;
    if (!kept) kept = std::make_unique<Connection>(port_);
    auto said = kept->ask(visit.domain, true);
    if (!said && used && kept->silent()) {
      ++retried_;
      used = false;
      kept = std::make_unique<Connection>(port_);
      said = kept->ask(visit.domain, true);
    }
    judge(visit, said ? said->status : 0, said ? said->body : "",
          fmt::format("on a connection {}: {}", used ? "that was used before" : "kept from now on", kept->trouble()));
    if (!said || said->closes) kept.reset();
    std::this_thread::sleep_for(kBreath);
  }
}

std::vector<std::string> Visitors::failures() const {
  const std::lock_guard lock(mutex_);
  return failures_;
}

}  // namespace argos::test
