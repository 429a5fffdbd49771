// SPDX-License-Identifier: Apache-2.0
// A small pool for jobs that block. A job owns its bytes; its result resumes the loop.
#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
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

  // Runs job() on the pool. An exception of the job is thrown here, on the loop. Whoever is cancelled meanwhile still waits for the
  // job: to cancel what another thread runs ends in std::terminate (Asio's co_spawn throws outside of its own try). Name the job first and move it in: g++ 12 destroys
  // a capturing lambda that is made inside a co_await expression twice (GCC bug 99576).
  template <std::invocable F>
  Task<std::invoke_result_t<F>> run(F job) {
    auto uncut = boost::asio::bind_cancellation_slot(boost::asio::cancellation_slot(), boost::asio::use_awaitable);
    co_return co_await boost::asio::co_spawn(pool_, call(std::move(job)), std::move(uncut));
  }

  // f(item) of each, in their order; f is called by two threads at once. An exception is thrown here, on the loop.
  template <class In, std::invocable<const In&> F>
  Task<std::vector<std::invoke_result_t<F, const In&>>> map(std::vector<In> items, F f) {
    using namespace boost::asio::experimental::awaitable_operators;
    using Out = std::invoke_result_t<F, const In&>;
    if (items.empty()) co_return std::vector<Out>();
    struct Shared {
      const std::vector<In> items;
      const F f;
      std::vector<std::optional<Out>> out = std::vector<std::optional<Out>>(items.size());  // in braces it could be one item
      std::atomic<std::size_t> next = 0;
      std::atomic<bool> failed = false;
      std::exception_ptr thrown = nullptr;  // by whoever failed first
    };
    const auto shared = std::make_shared<Shared>(std::move(items), std::move(f));
    // Nothing is thrown out of it: of two that are awaited together one's exception would cancel the other on its own thread.
    auto job = [shared] {
      try {
        for (std::size_t at = shared->next++; at < shared->items.size() && !shared->failed; at = shared->next++) {
          shared->out[at].emplace(shared->f(shared->items[at]));
        }
      } catch (...) {
        if (!shared->failed.exchange(true)) shared->thrown = std::current_exception();
      }
    };
    co_await (run(job) && run(job));
    if (shared->thrown) std::rethrow_exception(shared->thrown);
    std::vector<Out> out;
    out.reserve(shared->out.size());
    for (auto& one : shared->out) out.push_back(std::move(*one));
    co_return out;
  }

 private:
  template <class F>
  static Task<std::invoke_result_t<F>> call(F job) {
    co_return job();
  }
  boost::asio::thread_pool pool_;
};

}  // namespace argos
