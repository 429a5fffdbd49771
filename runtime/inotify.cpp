// SPDX-License-Identifier: Apache-2.0
#include "runtime/inotify.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

#include <sys/inotify.h>
#include <unistd.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace argos {
namespace asio = boost::asio;
namespace {

constexpr std::uint32_t kNames = IN_CREATE | IN_DELETE | IN_MOVE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr std::uint32_t kEvents = kNames | IN_CLOSE_WRITE | IN_ATTRIB;

int make_inotify() {
  const int file = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (file < 0) throw std::runtime_error("inotify_init1 failed: raise fs.inotify.max_user_instances");
  return file;
}

}  // namespace

Inotify::Inotify(asio::any_io_executor executor, Writes writes)
    : descriptor_(executor, make_inotify()), events_(kEvents | (writes == Writes::each ? IN_MODIFY : 0U)) {}

bool Inotify::watch(const Paths& folders, const Paths& ways) {
  std::vector<int> fresh;
  const auto add = [&](const Paths& paths, std::uint32_t events) {
    for (const auto& path : paths) {
      const int id = ::inotify_add_watch(descriptor_.native_handle(), path.c_str(), events);  // the same id for the same folder
      if (id >= 0) fresh.push_back(id);
    }
  };
  add(ways, kNames);
  add(folders, events_);  // a way that is one of them too: this counts
  const auto lacks = [](const std::vector<int>& all) {
    return [&all](int id) { return std::ranges::find(all, id) == all.end(); };
  };
  for (const int id : watches_) {
    if (lacks(fresh)(id)) ::inotify_rm_watch(descriptor_.native_handle(), id);
  }
  const bool more = std::ranges::any_of(fresh, lacks(watches_));
  watches_ = std::move(fresh);
  return more;
}

void Inotify::drain() {
  std::array<char, 16384> events{};
  while (::read(descriptor_.native_handle(), events.data(), events.size()) > 0) {
  }
}

Task<bool> Inotify::moved(std::chrono::steady_clock::duration most) {
  using namespace asio::experimental::awaitable_operators;
  asio::steady_timer timer(descriptor_.get_executor(), most);
  const auto first = co_await (descriptor_.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable) ||
                               timer.async_wait(asio::use_awaitable));
  if (first.index() != 0) co_return false;
  drain();
  co_return true;
}

}  // namespace argos
