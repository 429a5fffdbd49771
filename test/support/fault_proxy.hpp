// SPDX-License-Identifier: Apache-2.0
// Stands between argos and Caddy's admin endpoint, counts the calls, and does one of them harm.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace argos::test {

// One exchange a connection, as argos does it. A connection that is only watched (GET /config/admin) passes untouched and uncounted.
class FaultProxy {
 public:
  enum class Fault {
    none,
    fail,  // closed at once: Caddy hears nothing of it
    cut,  // Caddy has done it; the answer ends in the middle
    delay,  // Caddy has done it; the answer comes late
    garble,  // some bytes of the answer are others
    bad_gateway,  // somebody in between answers 502, whether Caddy has done it or not
    hang,  // Caddy hears nothing of it, and nobody ever answers
  };

  FaultProxy(int admin_port, std::uint64_t seed);
  ~FaultProxy();
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;

  int port() const { return port_; }
  // From now on: the nth call, counted from 1.
  void arm(Fault fault, int nth, std::chrono::milliseconds delay = {});
  // Whether that call has come.
  bool has_struck() const { return struck_; }
  int calls() const { return calls_; }
  // The first line of each call since then.
  std::vector<std::string> heard() const;
  // The call that was struck, and what became of its answer, in words.
  std::string story() const;

 private:
  void serve();
  void talk(int client);
  Fault fault_of_next(const std::string& request);
  void garble(std::string& answer);
  bool coin();
  void hold(int descriptor);
  void release(int descriptor);

  // Constant after construction
  int admin_port_;
  int port_ = 0;
  int listener_ = -1;
  // Any thread
  std::atomic<bool> stopping_ = false, struck_ = false;
  std::atomic<int> calls_ = 0;
  mutable std::mutex mutex_;
  Fault fault_ = Fault::none;
  int nth_ = 0;
  std::chrono::milliseconds delay_{};
  std::string story_;
  std::vector<std::string> heard_;
  std::minstd_rand random_;
  std::set<int> open_;  // sockets of those who talk
  std::thread accepting_;
};

const char* to_string(FaultProxy::Fault fault);

}  // namespace argos::test
