// SPDX-License-Identifier: Apache-2.0
#include "test/support/process.hpp"

#include <array>
#include <cstddef>
#include <cstdio>
#include <random>

#include <boost/asio/ip/tcp.hpp>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/files.hpp"

namespace argos::test {

namespace {

// True for one process at a time, until it ends: the name of an abstract socket, which lives in no folder and is never left over.
bool reserve(int port) {
  const int held = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  const auto text = "argos-test-port-" + std::to_string(port);
  text.copy(name.sun_path + 1, sizeof name.sun_path - 1);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + text.size());
  if (::bind(held, reinterpret_cast<const sockaddr*>(&name), size) == 0) return true;
  ::close(held);
  return false;
}

bool nobody_listens_at(int port) {
  boost::asio::io_context context;
  boost::asio::ip::tcp::acceptor acceptor(context);
  boost::system::error_code taken;
  acceptor.open(boost::asio::ip::tcp::v4());
  acceptor.bind({boost::asio::ip::address_v4::any(), static_cast<std::uint16_t>(port)}, taken);
  return !taken;
}

}  // namespace

int free_port() {
  constexpr int kFirst = 20000, kCount = 10000;  // below those that the kernel hands out by itself
  static std::minstd_rand random(std::random_device{}());
  while (true) {
    const int port = kFirst + static_cast<int>(random() % kCount);
    if (reserve(port) && nobody_listens_at(port)) return port;
  }
}

Process::Process(std::vector<std::string> command, std::map<std::string, std::string> environment, std::string folder,
                 std::string log)
    : log_(std::move(log)) {
  auto child = Child::start(
      context_.get_executor(),
      {.command = std::move(command), .environment = std::move(environment), .folder = std::move(folder), .log = log_});
  if (!child) throw std::runtime_error(child.error().text());
  child_ = std::move(*child);
}

std::string Process::wait() { return run(context_, child_->ended()); }
std::string Process::log() const { return read_file(log_).value(); }

Answer http(const std::string& endpoint, const std::string& target, const std::string& host, const std::string& method,
            const std::string& body) {
  HttpRequest request{.method = method, .target = target, .headers = {}, .body = body};
  if (!host.empty()) request.headers.emplace_back("Host", host);
  if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  return http(endpoint, std::move(request));
}

Answer http(const std::string& endpoint, HttpRequest request) {
  boost::asio::io_context context;
  BeastHttpClient client;
  const auto to = Endpoint::parse(endpoint).value();
  const auto answer = run(context, client.send(to, std::move(request), std::chrono::seconds(10)));
  if (!answer) return {};
  return {answer->status, answer->headers, answer->body};
}

Shell shell(const std::string& command) {
  FILE* const pipe = ::popen((command + " 2>&1").c_str(), "r");
  Shell out;
  std::array<char, 4096> block{};
  while (const auto got = std::fread(block.data(), 1, block.size(), pipe)) out.out.append(block.data(), got);
  const int status = ::pclose(pipe);
  out.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return out;
}

}  // namespace argos::test
