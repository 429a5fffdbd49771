// SPDX-License-Identifier: Apache-2.0
#include "test/support/caddy.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <spdlog/fmt/fmt.h>

#include "model/canonical_json.hpp"
#include "runtime/files.hpp"
#include "test/support/program.hpp"
#include "test/support/sockets.hpp"

namespace argos::test {
namespace {

constexpr int kLongestAnswer = 60'000;  // milliseconds

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// More bytes, appended; false at the end, on an error, or when none came for too long.
bool receive_soon(int from, std::string& into) {
  pollfd wait{from, POLLIN, 0};
  return ::poll(&wait, 1, kLongestAnswer) > 0 && receive(from, into);
}

std::map<std::string, std::string> headers_of(std::string_view head) {
  std::map<std::string, std::string> out;
  while (!head.empty()) {
    const auto end = std::min(head.find("\r\n"), head.size());
    const auto line = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    auto value = line.substr(colon + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    out[lower(std::string(line.substr(0, colon)))] = std::string(value);
  }
  return out;
}

std::string unchunked(std::string_view body) {
  std::string out;
  for (;;) {
    const auto end = body.find("\r\n");
    if (end == std::string_view::npos) return out;
    const auto size = std::strtoul(std::string(body.substr(0, end)).c_str(), nullptr, 16);
    if (size == 0 || body.size() < end + 2 + size + 2) return out;
    out += body.substr(end + 2, size);
    body.remove_prefix(end + 2 + size + 2);
  }
}

Reply parse(const std::string& bytes) {
  Reply reply;
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string::npos || bytes.size() < 12) return reply;
  reply.status = std::atoi(bytes.c_str() + 9);
  reply.headers = headers_of(std::string_view(bytes).substr(0, end));
  reply.body = bytes.substr(end + 4);
  if (reply.headers["transfer-encoding"] == "chunked") reply.body = unchunked(reply.body);
  return reply;
}

Reply exchange(const Socket& connection, const Ask& what) {
  std::string request = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", what.method, what.path, what.host);
  for (const auto& [name, value] : what.headers) request += fmt::format("{}: {}\r\n", name, value);
  if (!what.body.empty()) request += fmt::format("Content-Length: {}\r\n", what.body.size());
  request += "\r\n" + what.body;
  (void)send_all(connection.get(), request);  // an answer may come before all is sent
  std::string bytes;
  while (receive_soon(connection.get(), bytes)) {
  }
  return parse(bytes);
}

}  // namespace

std::vector<CaddyBinary> caddy_binaries() {
  std::vector<CaddyBinary> out{{"FromPath", "caddy"}};
  const char* const current = std::getenv("ARGOS_TEST_CADDY_CURRENT");
  static bool told = false;
  if (current != nullptr && *current != '\0') {
    out.push_back({"Current", current});
  } else if (!std::exchange(told, true)) {
    std::cout << "ARGOS_TEST_CADDY_CURRENT is not set: tests with a real Caddy run against the one in PATH only\n";
  }
  return out;
}

std::string contents(const std::string& path) {
  auto read = read_file(path);
  return read ? std::move(*read) : std::string();
}

Reply ask(int port, const Ask& what) {
  const Socket connection(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto to = loopback(port);
  if (::connect(connection.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) return {};
  return exchange(connection, what);
}

Reply ask(const std::string& socket, const Ask& what) {
  const Socket connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  socket.copy(to.sun_path, sizeof to.sun_path - 1);
  if (::connect(connection.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) return {};
  return exchange(connection, what);
}

Reply ask_tls(int port, const std::string& name, const std::string& host) {
  const auto command =
      fmt::format("curl -sk --http1.1 -i --max-time 20 --resolve {0}:{1}:127.0.0.1 {2} https://{0}:{1}/ 2>/dev/null", name,
                  port, host.empty() ? "" : "-H 'Host: " + host + "'");
  std::unique_ptr<FILE, int (*)(FILE*)> curl(::popen(command.c_str(), "r"), ::pclose);
  std::string bytes;
  char block[4096];
  while (const auto got = std::fread(block, 1, sizeof block, curl.get())) bytes.append(block, got);
  return parse(bytes);
}

RealCaddy::RealCaddy(std::string binary, Admin admin) : binary_(std::move(binary)) {
  if (admin == Admin::socket) {
    endpoint_.socket = folder_ / "admin.sock";
  } else {
    endpoint_.host = "127.0.0.1";
    endpoint_.port = free_port();
  }
}

RealCaddy::~RealCaddy() { kill9(); }

std::string RealCaddy::listens() const {
  return endpoint_.is_socket() ? "unix/" + endpoint_.socket : fmt::format("127.0.0.1:{}", endpoint_.port);
}

void RealCaddy::start(bool resume) {
  const auto boot = folder_.write("boot.json", boost::json::serialize(boost::json::value{{"admin", {{"listen", listens()}}}}));
  run(resume ? std::vector<std::string>{"--config", boot, "--resume"} : std::vector<std::string>{"--config", boot});
}

void RealCaddy::start_with_the_bootstrap() {
  auto text = contents(source_file("Caddyfile"));
  for (const auto& [from, to] : {std::pair<std::string, std::string>("caddy-admin:2019", listens()),
                                 std::pair<std::string, std::string>("\n:80 {", fmt::format("\n:{} {{", http_port_))}) {
    text.replace(text.find(from), from.size(), to);
  }
  run({"--config", folder_.write("Caddyfile", text)});
}

void RealCaddy::run(const std::vector<std::string>& arguments) {
  std::vector<const char*> command{"caddy", "run"};
  for (const auto& argument : arguments) command.push_back(argument.c_str());
  command.push_back(nullptr);
  const auto log = folder_ / "caddy.log";
  child_ = ::fork();
  if (child_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
    ::setenv("HOME", folder_.path().c_str(), 1);
    ::setenv("XDG_DATA_HOME", (folder_ / "data").c_str(), 1);
    ::setenv("XDG_CONFIG_HOME", (folder_ / "config").c_str(), 1);
    ::execvp(binary_.c_str(), const_cast<char* const*>(command.data()));
    ::_exit(127);
  }
  if (!eventually([this] { return admin("GET", "/config/").status == 200; }))
    throw std::runtime_error("Caddy does not start: " + this->log());
}

void RealCaddy::signal(int number) { ::kill(child_, number); }

void RealCaddy::kill9() {
  if (child_ <= 0) return;
  ::kill(child_, SIGKILL);
  ::waitpid(std::exchange(child_, 0), nullptr, 0);
}

std::string RealCaddy::log() const { return contents(folder_ / "caddy.log"); }

Reply RealCaddy::admin(const std::string& method, const std::string& path, const std::string& body) const {
  Ask what{.method = method, .host = {}, .path = path, .body = body};
  if (!body.empty()) what.headers["Content-Type"] = "application/json";
  if (endpoint_.is_socket()) return ask(endpoint_.socket, what);
  what.host = fmt::format("127.0.0.1:{}", endpoint_.port);
  return ask(endpoint_.port, what);
}

boost::json::value RealCaddy::config() const {
  boost::json::parse_options deep;
  deep.max_depth = 512;
  return boost::json::parse(admin("GET", "/config/").body, {}, deep);
}

Backend::Backend(std::string name, bool ipv6) : name_(std::move(name)), ipv6_(ipv6) { up(); }

Backend::~Backend() {
  down();
  for (auto& thread : talking_) thread.join();
}

void Backend::up() {
  listen();
  stopping_ = false;
  accepting_ = std::thread([this] { serve(); });
}

void Backend::down() {
  if (!accepting_.joinable()) return;
  stopping_ = true;
  accepting_.join();
  ::close(std::exchange(listener_, -1));
}

void Backend::listen() {
  listener_ = ::socket(ipv6_ ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_storage address{};
  socklen_t size = 0;
  if (ipv6_) {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(address);
    v6.sin6_family = AF_INET6;
    v6.sin6_addr = in6addr_loopback;
    v6.sin6_port = htons(static_cast<std::uint16_t>(port_));
    size = sizeof v6;
  } else {
    reinterpret_cast<sockaddr_in&>(address) = loopback(port_);
    size = sizeof(sockaddr_in);
  }
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) != 0 || ::listen(listener_, 128) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("a test server cannot listen");
  }
  port_ = ntohs(ipv6_ ? reinterpret_cast<sockaddr_in6&>(address).sin6_port : reinterpret_cast<sockaddr_in&>(address).sin_port);
}

void Backend::serve() {
  constexpr int kBetweenLooks = 5;  // milliseconds
  while (!stopping_) {
    pollfd wait{listener_, POLLIN, 0};
    if (::poll(&wait, 1, kBetweenLooks) <= 0) continue;
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    const std::lock_guard lock(talking_mutex_);
    talking_.emplace_back([this, connection] { talk(connection); });
  }
}

void Backend::talk(int connection_descriptor) {
  const Socket connection(connection_descriptor);
  std::string bytes;
  std::size_t head = std::string::npos;
  while ((head = bytes.find("\r\n\r\n")) == std::string::npos) {
    if (!receive_soon(connection.get(), bytes)) return;
  }
  auto headers = headers_of(std::string_view(bytes).substr(0, head));
  const auto length = headers.contains("content-length") ? std::stoul(headers["content-length"]) : 0;
  while (bytes.size() < head + 4 + length) {
    if (!receive_soon(connection.get(), bytes)) return;
  }
  ++requests_;
  if (cut_) return;
  const auto method = bytes.substr(0, bytes.find(' '));
  const auto path = bytes.substr(method.size() + 1, bytes.find(' ', method.size() + 1) - method.size() - 1);
  const boost::json::value said{{"name", name_}, {"host", headers["host"]}, {"method", method},
                                {"path", path},  {"length", length},        {"body", body_hash(bytes.substr(head + 4))}};
  const auto text = method == "HEAD" ? std::string() : boost::json::serialize(said);
  (void)send_all(
      connection.get(),
      fmt::format("HTTP/1.1 {} Test\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
                  status_.load(), text.size(), text));
  ::shutdown(connection.get(), SHUT_WR);
  std::string ignored;
  while (receive(connection.get(), ignored)) {
  }
}

std::string body_hash(std::string_view body) { return fnv1a_hex(body); }

}  // namespace argos::test
