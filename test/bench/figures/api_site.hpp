// SPDX-License-Identifier: Apache-2.0
// An argos over TCP, with somebody who has logged in, and what a request of theirs takes.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "test/e2e/world.hpp"
#include "test/support/sockets.hpp"

namespace argos::bench {

// One connection that is kept, as browsers and proxies keep theirs.
class Visitor {
 public:
  explicit Visitor(int port);
  int descriptor() const { return socket_.get(); }

  void send(const std::string& target, const std::string& more = "");
  // A whole answer's body.
  std::string get(const std::string& target, const std::string& more = "");
  void until(std::string_view text);

 private:
  void receive();
  test::Socket socket_;
  std::string read_;
};

// Milliseconds.
struct Times {
  double median = 0, p99 = 0, most = 0;
};
Times times_of(std::vector<double> all);
Times times_of(Visitor& visitor, int requests, const std::string& target, const std::string& more = "");

class ApiSite {
 public:
  // `fill` puts more into the database, which nobody has open then.
  explicit ApiSite(int hosts, const std::function<void(const std::string& path)>& fill = {});
  int port() const { return port_; }
  const std::string& cookie() const { return cookie_; }  // a header
  double resident_kib() const;
  double database_mb() const;
  // Another form of a target group that no host has.
  void change(int round) const;
  const test::World& world() const { return world_; }

 private:
  void start();
  void log_in();

  test::World world_;
  int port_ = test::free_port();
  std::string cookie_;
};

}  // namespace argos::bench
