// SPDX-License-Identifier: Apache-2.0
#include "test/support/fault_proxy.hpp"

#include <algorithm>
#include <stdexcept>

#include <poll.h>
#include <sys/socket.h>

#include <spdlog/fmt/fmt.h>

#include "test/support/sockets.hpp"
#include "test/support/support.hpp"

namespace argos::test {
namespace {

// A whole request: its head, and as much body as that announces. Empty: it was cut off.
std::string read_request(int from) {
  std::string bytes;
  std::size_t head = std::string::npos;
  while ((head = bytes.find("\r\n\r\n")) == std::string::npos) {
    if (!receive(from, bytes)) return {};
  }
  const std::string_view name = "Content-Length: ";
  const auto at = bytes.find(name);
  const auto length = at < head ? std::strtoul(bytes.c_str() + at + name.size(), nullptr, 10) : 0;
  while (bytes.size() < head + 4 + length) {
    if (!receive(from, bytes)) return {};
  }
  return bytes;
}

constexpr const char* kBadGateway =
    "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 24\r\nConnection: close\r\n\r\n"
    "<h1>502 Bad Gateway</h1>";

void until_closed(int client) {
  std::string ignored;
  while (receive(client, ignored)) {
  }
}

// Until either side ends it.
void relay(int client, int caddy) {
  for (;;) {
    pollfd both[] = {{client, POLLIN, 0}, {caddy, POLLIN, 0}};
    if (::poll(both, 2, -1) < 0) return;
    std::string bytes;
    const bool from_client = both[0].revents != 0;
    if (!receive(from_client ? client : caddy, bytes) || !send_all(from_client ? caddy : client, bytes)) return;
  }
}

}  // namespace

const char* to_string(FaultProxy::Fault fault) {
  constexpr const char* kNames[] = {"none", "fail", "cut", "delay", "garble", "bad_gateway", "hang"};
  return kNames[static_cast<int>(fault)];
}

FaultProxy::FaultProxy(int admin_port, std::uint64_t seed)
    : admin_port_(admin_port),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      random_(static_cast<std::uint32_t>(seed)) {
  auto address = loopback(0);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, any, size) != 0 || ::listen(listener_, 128) != 0 || ::getsockname(listener_, any, &size) != 0) {
    throw std::runtime_error("the fault proxy cannot listen");
  }
  port_ = ntohs(address.sin_port);
  accepting_ = std::thread([this] { serve(); });
}

FaultProxy::~FaultProxy() {
  stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  accepting_.join();
  ::close(listener_);
  eventually([this] {
    const std::lock_guard lock(mutex_);
    for (const int descriptor : open_) ::shutdown(descriptor, SHUT_RDWR);
    return open_.empty();
  });
}

void FaultProxy::arm(Fault fault, int nth, std::chrono::milliseconds delay) {
  const std::lock_guard lock(mutex_);
  fault_ = fault;
  nth_ = nth;
  delay_ = delay;
  calls_ = 0;
  struck_ = false;
  story_.clear();
  heard_.clear();
}

std::vector<std::string> FaultProxy::heard() const {
  const std::lock_guard lock(mutex_);
  return heard_;
}

std::string FaultProxy::story() const {
  const std::lock_guard lock(mutex_);
  return story_;
}

void FaultProxy::hold(int descriptor) {
  const std::lock_guard lock(mutex_);
  open_.insert(descriptor);
}

void FaultProxy::release(int descriptor) {
  const std::lock_guard lock(mutex_);
  open_.erase(descriptor);
  ::close(descriptor);
}

void FaultProxy::serve() {
  while (!stopping_) {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    hold(client);
    std::thread([this, client] {
      talk(client);
      release(client);
    }).detach();
  }
}

FaultProxy::Fault FaultProxy::fault_of_next(const std::string& request) {
  const std::lock_guard lock(mutex_);
  heard_.push_back(request.substr(0, request.find('\r')));
  if (++calls_ != nth_ || fault_ == Fault::none) return Fault::none;
  struck_ = true;
  story_ = fmt::format("{} of call {}: {}", to_string(fault_), nth_, heard_.back());
  return fault_;
}

bool FaultProxy::coin() {
  const std::lock_guard lock(mutex_);
  const bool heads = std::uniform_int_distribution<int>(0, 1)(random_) == 0;
  story_ += heads ? "; Caddy has done it" : "; Caddy has heard nothing of it";
  return heads;
}

// A few bytes anywhere, a piece in the middle, or the status.
void FaultProxy::garble(std::string& answer) {
  const std::lock_guard lock(mutex_);
  const auto below = [this](std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_); };
  constexpr std::size_t kStatus = 9;
  if (answer.size() <= kStatus + 2) return;
  switch (below(3)) {
    case 0:
      for (int flips = 0; flips < 4; ++flips) answer[below(answer.size())] ^= static_cast<char>(1U << below(7));
      break;
    case 1: {
      const auto from = below(answer.size());
      for (auto at = from; at < std::min(answer.size(), from + 40); ++at) answer[at] = static_cast<char>(' ' + below(90));
      break;
    }
    default: answer[kStatus] = static_cast<char>(answer[kStatus] == '2' ? '4' : '2');
  }
  story_ += "; the answer begins with: " + answer.substr(0, 200);
}

void FaultProxy::talk(int client) {
  auto request = read_request(client);
  if (request.empty()) return;
  const bool watched = request.starts_with("GET /config/admin");
  const auto fault = watched ? Fault::none : fault_of_next(request);
  if (fault == Fault::fail) return;
  if (fault == Fault::hang) return until_closed(client);
  if (fault == Fault::bad_gateway && !coin()) return (void)send_all(client, kBadGateway);

  const int caddy = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  hold(caddy);
  const auto to = loopback(admin_port_);
  // Caddy answers to its own address only.
  const auto ours = fmt::format("127.0.0.1:{}", port_), theirs = fmt::format("127.0.0.1:{}", admin_port_);
  if (const auto at = request.find(ours); at != std::string::npos) request.replace(at, ours.size(), theirs);
  if (::connect(caddy, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0 && send_all(caddy, request)) {
    if (watched) {
      relay(client, caddy);
    } else {
      std::string answer;
      while (receive(caddy, answer)) {
      }
      if (fault == Fault::cut) answer.resize(answer.size() / 2);
      if (fault == Fault::garble) garble(answer);
      if (fault == Fault::bad_gateway) answer = kBadGateway;
      if (fault == Fault::delay) std::this_thread::sleep_for(delay_);  // what this is for
      send_all(client, answer);
    }
  }
  release(caddy);
}

}  // namespace argos::test
