// SPDX-License-Identifier: Apache-2.0
#include "panel/context.hpp"

#include <algorithm>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "model/text.hpp"
#include "runtime/user.hpp"

namespace argos {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kFirstPause{10};
constexpr milliseconds kLongestPause{100};

bool busy(const Result<>& done) { return !done && done.error().reason == "DatabaseBusy"; }

Error still_busy(milliseconds waited) {
  return {"DatabaseBusy", "another program has held the database's lock for " + std::to_string(waited.count()) + " ms",
          "nothing was changed; end the other program's transaction (an open sqlite3 shell?), then try again", Retry::backoff};
}

}  // namespace

std::optional<Error> why_no_store(const PanelContext& context) {
  auto why = context.store.not_ready();
  if (!why) return why;
  const auto* const ready = context.conditions.find({Kind::controller, "migrations"}, "Ready");
  if (ready != nullptr && ready->status == Status::no) {
    why->message = "the database is not ready: " + ready->reason + ": " + ready->message;
  }
  return why;
}

Actor actor_of(const Request& request) {
  constexpr std::size_t kLongest = 100;
  const auto client = request.header("argos-client");
  std::string by = shown(client.empty() ? "the API" : client, kLongest);
  if (request.peer.on_socket()) return {user_name(*request.peer.uid), std::move(by)};
  by += " at " + request.peer.address;
  if (!request.caller) return {"nobody", std::move(by)};
  if (request.caller->session.empty()) by += ", token " + request.caller->token;
  return {request.caller->user.empty() ? "token " + request.caller->token : request.caller->user, std::move(by)};
}

Result<> read_store(PanelContext& context, const StoreJob& job) {
  if (auto why = why_no_store(context)) return *why;
  return context.store.read(job);
}

Task<Result<>> write_store(PanelContext& context, Actor by, StoreJob job) {
  const auto deadline = std::chrono::steady_clock::now() + context.lock_patience;
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  for (auto pause = kFirstPause;; pause = std::min(2 * pause, kLongestPause)) {
    if (auto why = why_no_store(context)) co_return *why;  // anew each time: it may have gone meanwhile
    auto done = context.store.write(by, job);
    if (!busy(done)) co_return done;
    if (std::chrono::steady_clock::now() + pause > deadline) co_return still_busy(context.lock_patience);
    timer.expires_after(pause);
    co_await timer.async_wait(boost::asio::use_awaitable);
  }
}

}  // namespace argos
