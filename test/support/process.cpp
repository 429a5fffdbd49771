// SPDX-License-Identifier: Apache-2.0
#include "test/support/process.hpp"

#include <array>
#include <cstdio>

#include <boost/asio/ip/tcp.hpp>
#include <sys/wait.h>

#include "runtime/files.hpp"

namespace argos::test {

int free_port() {
  boost::asio::io_context context;
  boost::asio::ip::tcp::acceptor acceptor(context, {boost::asio::ip::address_v4::loopback(), 0});
  return acceptor.local_endpoint().port();
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
  boost::asio::io_context context;
  BeastHttpClient client;
  HttpRequest request{.method = method, .target = target, .headers = {}, .body = body};
  if (!host.empty()) request.headers.emplace_back("Host", host);
  if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
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
