// SPDX-License-Identifier: Apache-2.0
#include "runtime/sources.hpp"

#include <filesystem>
#include <set>
#include <utility>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "runtime/inotify.hpp"

namespace argos {
namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace {

constexpr int kDeepest = 16;                                    // links may go in circles
constexpr auto kLookAgain = std::chrono::seconds(10);           // where a watch is lost or cannot be had
constexpr Span kConnectSoon = std::chrono::milliseconds(10);    // to a server that was there a moment ago
constexpr Span kConnectAgain = std::chrono::milliseconds(500);  // at the most, to one that is away
constexpr auto kFeedLookAgain = std::chrono::seconds(1);        // PRAGMA data_version costs microseconds

void add_tree(const fs::path& folder, int depth, std::set<fs::path>& into) {
  std::error_code failed;
  const auto real = fs::canonical(folder, failed);
  if (failed || depth > kDeepest || !fs::is_directory(real, failed) || !into.insert(real).second) return;
  for (fs::directory_iterator entry(real, failed), end; !failed && entry != end; entry.increment(failed)) {
    std::error_code ignored;
    if (entry->is_directory(ignored)) add_tree(entry->path(), depth + 1, into);
  }
}

// The folders on the way to that one in which, by a link swapped or a name made, it is decided which folder it is.
std::set<fs::path> ways_to(const fs::path& folder) {
  std::set<fs::path> out;
  fs::path at = fs::absolute(folder).lexically_normal();
  if (!at.has_filename()) at = at.parent_path();
  for (int hop = 0; hop < kDeepest; ++hop) {
    std::error_code failed;
    fs::path parent = at.parent_path();
    while (!fs::is_directory(parent, failed) && parent != parent.parent_path()) parent = parent.parent_path();
    out.insert(parent);
    const auto next = fs::read_symlink(at, failed);
    if (failed) break;
    at = (next.is_absolute() ? next : at.parent_path() / next).lexically_normal();
  }
  return out;
}

bool watch(Inotify& inotify, const fs::path& folder) {
  std::set<fs::path> all;
  add_tree(folder, 0, all);
  const auto ways = ways_to(folder);
  return inotify.watch({all.begin(), all.end()}, {ways.begin(), ways.end()});
}

}  // namespace

Task<void> Timer::run(Sink sink) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (const char* why = "argos started";; why = "time has passed") {
    sink(key_, why);
    timer.expires_after(span_);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

Task<void> FolderWatch::run(Sink sink) {
  Inotify inotify(co_await asio::this_coro::executor);
  for (bool moved = true;; moved = co_await inotify.moved(kLookAgain)) {
    if (moved) sink(key_, "its folder may have moved");  // first: the walk takes its time
    // Between the walk and the watch something may have moved.
    if (watch(inotify, folder_)) sink(key_, "a part of it is watched anew");
  }
}

Task<void> FeedWatch::run(Sink) {
  Inotify inotify(co_await asio::this_coro::executor, Inotify::Writes::each);
  inotify.watch({fs::absolute(store_.path()).parent_path()});
  for (;;) {
    co_await inotify.moved(kFeedLookAgain);
    store_.poll_others();
  }
}

Task<void> ConnectionWatch::run(Sink sink) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  const auto mark = [&](const char* why) {
    if (first_) first_();
    sink(key_, why);
  };
  // Between two connections anything may have happened: each one's beginning, its end and each vain attempt are reasons to look.
  const std::function<void()> connected = [&] { mark("it answers"); };
  Span pause = kConnectSoon;
  for (;;) {
    const bool held = co_await hold_connection(endpoint_, target_, connected);
    mark(held ? "it ended its connection: a reload, or its own end" : "it does not answer");
    pause = held ? kConnectSoon : std::min(kConnectAgain, pause * 2);
    timer.expires_after(pause);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

}  // namespace argos
