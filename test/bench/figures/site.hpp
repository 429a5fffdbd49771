// SPDX-License-Identifier: Apache-2.0
// So many hosts, an argos and a Caddy that serve them, and a second Caddy as the yardstick: it is given the same document by curl.
#pragma once

#include <string>

#include "test/bench/figures/figure.hpp"
#include "test/e2e/world.hpp"
#include "test/support/caddy.hpp"

namespace argos::bench {

class Site {
 public:
  explicit Site(int hosts);

  // Everything that needs nobody's patience; the median of several rounds each.
  void measure();
  // What it uses while nothing happens: begin_idle, wait, end_idle.
  void begin_idle();
  void end_idle(std::chrono::seconds waited);
  const Cost& cost() const { return cost_; }

 private:
  static constexpr const char* kApplied = "applied";
  static std::string name(int host) { return "host-" + std::to_string(host); }
  static boost::json::value host(const std::string& name, const std::string& form);
  static std::string manifest(const std::string& name, const std::string& form);
  bool serves(const std::string& name, const std::string& form) const;
  void until_served(const std::string& name, const std::string& form) const;
  bool is_ready() const;
  void until_ready() const;

  std::string document() const;  // of argos' Caddy, made fit for the yardstick's
  double bare_load(const std::string& document) const;
  double boot();
  double save_file(const std::string& form);
  double save_row(const std::string& form);
  void boots();
  void saves();
  double cpu_seconds() const;
  std::string stamp_of_database() const;

  test::World world_;
  test::RealCaddy yardstick_{"caddy", test::RealCaddy::Admin::tcp};
  std::string argos_listens_ = "127.0.0.1:" + std::to_string(test::free_port());
  Cost cost_;
  double idle_cpu_ = 0;
  int idle_posts_ = 0;
  std::string idle_stamp_;
};

// Milliseconds of one pass of the caddy controller that finds nothing to do, and of a GET /config/ beside it.
struct Resync {
  double pass = 0, get = 0;
  int writes = 0;  // to Caddy and to the database
};
Resync measure_resync(const test::World& world);

// Trivial reconciles a second by a controller and its loop, and beside them entries a second into a std::map and out again.
struct LoopCost {
  double reconciles = 0, map_entries = 0;
};
LoopCost measure_loop();

Figure measure_integrity();

}  // namespace argos::bench
