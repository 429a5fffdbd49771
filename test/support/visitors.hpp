// SPDX-License-Identifier: Apache-2.0
// Visitors who never stop asking, on fresh connections and on kept ones, and who remember every answer that was not as it should be.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace argos::test {

class Visitors {
 public:
  struct Visit {
    std::string domain;
    std::function<bool(int status, const std::string& body)> good;
  };
  // Half of them keep their connections. `next` is asked for each visit, with a number that never repeats.
  Visitors(int port, int count, std::function<Visit(unsigned number)> next);
  ~Visitors();
  Visitors(const Visitors&) = delete;
  Visitors& operator=(const Visitors&) = delete;

  void stop();
  int requests() const { return requests_; }
  // Of those on connections that had served before, and that the server closed: asked once more on a fresh one, as every client does
  // (RFC 9110, 9.2.2).
  int retried() const { return retried_; }
  std::vector<std::string> failures() const;  // the first few, in words

 private:
  class Connection;
  void ask_afresh();
  void ask_on_a_kept_one();
  void judge(const Visit& visit, int status, const std::string& body, const std::string& how);

  // Constant after construction
  int port_;
  std::function<Visit(unsigned)> next_;
  // Any thread
  std::atomic<bool> stopping_ = false;
  std::atomic<unsigned> number_ = 0;
  std::atomic<int> requests_ = 0, retried_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> failures_;
  std::vector<std::thread> threads_;
};

}  // namespace argos::test
