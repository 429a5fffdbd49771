// SPDX-License-Identifier: Apache-2.0
// What a benchmark says: a number, the bound it was promised to keep, and whether it does.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace argos::bench {

struct Figure {
  std::string what;
  std::string measured;   // with its unit
  std::string yardstick;  // what it was held against, in the same run
  std::string bound;
  bool holds = false;
};

// What one number of hosts costs. Milliseconds, where nothing else is said.
struct Cost {
  int hosts = 0;
  double document_kib = 0;
  double load = 0;         // a bare load of the same document, by curl, into another Caddy
  double saved_file = 0;   // from the rename of a manifest until a visitor gets the new form
  double saved_row = 0;    // the same from the commit of a row
  double get = 0;          // one GET /config/
  double resync = 0;       // a pass that finds nothing to do
  int resync_writes = 0;   // by those passes, to Caddy or to the database
  double first_load = 0;   // into a Caddy that has nothing but its admin endpoint
  double boot = 0;         // argos' start until /readyz says 200, with such a Caddy
  double memory_mib = 0;   // resident
  double idle_percent = 0; // of one core
  int idle_writes = 0;     // to Caddy or to the database
};

double median(std::vector<double> values);
double milliseconds_of(const std::function<void()>& job);

}  // namespace argos::bench
