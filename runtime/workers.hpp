// SPDX-License-Identifier: Apache-2.0
// A small pool for jobs that block. A job owns its bytes; its result resumes the loop.
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "runtime/task.hpp"

namespace argos {

class Workers {
 public:
  explicit Workers(std::size_t threads = 2) : pool_(threads) {}
  ~Workers() { pool_.join(); }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Runs job() on the pool. An exception of the job is thrown here, on the loop. Name the job first and move it in: g++ 12 destroys
  // a capturing lambda that is made inside a co_await expression twice (GCC bug 99576).
  template <std::invocable F>
  Task<std::invoke_result_t<F>> run(F job) {
    co_return co_await boost::asio::co_spawn(pool_, call(std::move(job)), boost::asio::use_awaitable);
  }

 private:
  template <class F>
  static Task<std::invoke_result_t<F>> call(F job) {
    co_return job();
  }
  boost::asio::thread_pool pool_;
};

}  // namespace argos
