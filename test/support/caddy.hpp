// SPDX-License-Identifier: Apache-2.0
// A real Caddy and real servers behind it, for tests: each in a folder of its own, on ports that nobody else has.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include <sys/types.h>

#include "runtime/http_client.hpp"
#include "test/support/process.hpp"
#include "test/support/support.hpp"

namespace argos::test {

// "caddy" from PATH, always; the one that ARGOS_TEST_CADDY_CURRENT names, if set.
struct CaddyBinary {
  std::string label, path;
};
std::vector<CaddyBinary> caddy_binaries();
inline std::ostream& operator<<(std::ostream& out, const CaddyBinary& binary) { return out << binary.path; }

// The file's; empty where there is none.
std::string contents(const std::string& path);

struct Reply {
  int status = 0;                              // 0: no connection, or it was cut
  std::map<std::string, std::string> headers;  // lower-case names
  std::string body;
};
struct Ask {
  std::string method = "GET";
  std::string host;  // the Host header
  std::string path = "/";
  std::string body = {};
  std::map<std::string, std::string> headers = {};
};
Reply ask(int port, const Ask& what);                      // plain HTTP, 127.0.0.1
Reply ask(const std::string& socket, const Ask& what);     // over a unix socket
Reply ask_tls(int port, const std::string& name,
              const std::string& host = {});  // SNI, and the Host header where it differs; any certificate will do

class RealCaddy {
 public:
  enum class Admin { socket, tcp };
  explicit RealCaddy(std::string binary, Admin admin = Admin::socket);
  ~RealCaddy();
  RealCaddy(const RealCaddy&) = delete;
  RealCaddy& operator=(const RealCaddy&) = delete;

  // Runs it with nothing but its admin endpoint, and waits until that answers. `resume`: with the last configuration.
  void start(bool resume = false);
  // As containers start it for the first time: with the Caddyfile of this repository.
  void start_with_the_bootstrap();
  void kill9();
  void signal(int number);

  const Endpoint& endpoint() const { return endpoint_; }
  const TempFolder& folder() const { return folder_; }
  int http_port() const { return http_port_; }
  int https_port() const { return https_port_; }
  std::string log() const;

  Reply admin(const std::string& method, const std::string& path, const std::string& body = {}) const;
  boost::json::value config() const;

 private:
  std::string listens() const;  // for its admin endpoint
  void run(const std::vector<std::string>& arguments);

  std::string binary_;
  TempFolder folder_;
  Endpoint endpoint_;
  int http_port_ = free_port();
  int https_port_ = free_port();
  pid_t child_ = 0;
};

// A server that says who it is and what it was asked, as JSON: {"name", "host", "method", "path", "length", "body"}, where body
// is the hash of the request's body (see body_hash).
class Backend {
 public:
  explicit Backend(std::string name, bool ipv6 = false);
  ~Backend();
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  int port() const { return port_; }
  int requests() const { return requests_; }
  void answer(int status) { status_ = status; }
  void cut_connections(bool cut) { cut_ = cut; }  // after the request was read, without an answer
  void down();  // connections are refused
  void up();

 private:
  void listen();
  void serve();
  void talk(int connection);

  std::string name_;
  bool ipv6_;
  int port_ = 0;
  int listener_ = -1;
  std::atomic<int> requests_ = 0, status_ = 200;
  std::atomic<bool> cut_ = false, stopping_ = false;
  std::thread accepting_;
  std::mutex talking_mutex_;
  std::vector<std::thread> talking_;
};
std::string body_hash(std::string_view body);

}  // namespace argos::test
