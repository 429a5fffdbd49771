// SPDX-License-Identifier: Apache-2.0
#include "test/support/tls_server.hpp"

#include <csignal>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace argos::test {
namespace {

std::vector<std::string> command(const TempFolder& folder, int port, const MadeCertificate& certificate,
                                 const std::string& other_name, const MadeCertificate& other) {
  std::vector<std::string> out{"openssl", "s_server", "-quiet", "-www", "-accept", "127.0.0.1:" + std::to_string(port)};
  const auto add = [&](const std::string& number, const MadeCertificate& one) {
    const auto name = one.fingerprint.substr(0, 12);
    out.insert(out.end(), {"-cert" + number, folder.write(name + ".crt", one.certificate), "-key" + number,
                           folder.write(name + ".key", one.key)});
  };
  add("", certificate);
  if (other_name.empty()) return out;
  add("2", other);
  out.insert(out.end(), {"-servername", other_name});
  return out;
}

}  // namespace

TlsServer::TlsServer(const TempFolder& folder, const MadeCertificate& certificate, const std::string& other_name,
                     const MadeCertificate& other)
    : process_(command(folder, port_, certificate, other_name, other), {}, folder.path().string(),
               folder / ("s_server-" + std::to_string(port_) + ".log")) {
  if (!eventually([this] { return !shown(port_, "anybody.test").empty(); }))
    throw std::runtime_error("openssl does not serve: " + process_.log());
}

TlsServer::~TlsServer() {
  process_.signal(SIGKILL);
  process_.wait();
}

SilentServer::SilentServer() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  ::listen(listener_, 1);
}

SilentServer::~SilentServer() { ::close(listener_); }

std::string SilentServer::address() const {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  return "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
}

}  // namespace argos::test
