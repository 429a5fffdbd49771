// SPDX-License-Identifier: Apache-2.0
// A long job is awaited, and meanwhile somebody is told again and again how far it is.
#pragma once

#include <exception>
#include <functional>
#include <optional>
#include <utility>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "runtime/clock.hpp"
#include "runtime/task.hpp"

namespace argos {
namespace detail {

template <class T>
struct Ended {
  std::optional<T> value;
  std::exception_ptr thrown;
};

template <class T>
Task<Ended<T>> ended(Task<T> work) {
  Ended<T> out;
  try {
    out.value.emplace(co_await std::move(work));
  } catch (...) {
    out.thrown = std::current_exception();
  }
  co_return out;
}

inline Task<void> tell_for_ever(std::function<void(bool over)> tell, Span every) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  for (;;) {
    timer.expires_after(every);
    co_await timer.async_wait(boost::asio::use_awaitable);
    tell(false);
  }
}

}  // namespace detail

// Calls `tell` before the work begins and every `every`, and once more with true when the work has ended, however it ended. What the work throws is
// thrown here: Asio's `||` alone would wait for the one that never ends.
template <class T>
Task<T> tell_while(Task<T> work, std::function<void(bool over)> tell, Span every) {
  using namespace boost::asio::experimental::awaitable_operators;
  tell(false);
  auto working = detail::ended(std::move(work));
  auto telling = detail::tell_for_ever(tell, every);
  auto first = co_await (std::move(working) || std::move(telling));
  tell(true);
  auto& end = std::get<0>(first);
  if (end.thrown) std::rethrow_exception(end.thrown);
  co_return std::move(*end.value);
}

}  // namespace argos
