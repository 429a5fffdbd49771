// SPDX-License-Identifier: Apache-2.0
#include "runtime/log_tail.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace argos {
namespace asio = boost::asio;
namespace {

// A look costs two system calls. To be woken by the kernel would be for every line of the access log beside it.
constexpr auto kLookAgain = std::chrono::seconds(1);

}  // namespace

bool LogTail::open() {
  file_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat about {};
  if (file_ < 0 || ::fstat(file_, &about) != 0 || !S_ISREG(about.st_mode)) {
    close();
    looked_ = true;
    return false;
  }
  const auto size = static_cast<std::uint64_t>(about.st_size);
  offset_ = !looked_ && size > kLookBack ? size - kLookBack : 0;
  skipping_ = offset_ > 0;
  begun_.clear();
  looked_ = true;
  return true;
}

void LogTail::close() {
  if (file_ >= 0) ::close(file_);
  file_ = -1;
}

bool LogTail::is_replaced() const {
  struct stat ours {
  }, theirs{};
  if (::fstat(file_, &ours) != 0) return true;
  if (::stat(path_.c_str(), &theirs) != 0) return false;  // renamed a moment ago: whoever did it will make another
  return ours.st_ino != theirs.st_ino || ours.st_dev != theirs.st_dev;
}

bool LogTail::read(const Take& take) {
  if (file_ < 0 && !open()) return false;
  struct stat about {};
  if (::fstat(file_, &about) == 0 && static_cast<std::uint64_t>(about.st_size) < offset_) {
    offset_ = 0;
    skipping_ = false;
    begun_.clear();
  }
  const bool replaced = is_replaced();  // before the last of it is read
  const auto got = read_some(take, kMostAtOnce);
  if (got == kMostAtOnce) return true;
  if (!replaced) return false;
  close();
  return true;
}

std::size_t LogTail::read_some(const Take& take, std::size_t most) {
  std::array<char, 32768> block{};
  std::size_t got = 0;
  while (got < most) {
    const auto size = ::pread(file_, block.data(), std::min(block.size(), most - got), static_cast<off_t>(offset_));
    if (size <= 0) break;
    append({block.data(), static_cast<std::size_t>(size)}, take);
    offset_ += static_cast<std::uint64_t>(size);
    got += static_cast<std::size_t>(size);
  }
  return got;
}

void LogTail::append(std::string_view bytes, const Take& take) {
  for (auto end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n')) {
    const auto rest = bytes.substr(0, end);
    if (!skipping_ && begun_.size() + rest.size() <= kLongestLine) {
      begun_ += rest;
      take(begun_);
    }
    begun_.clear();
    skipping_ = false;
    bytes.remove_prefix(end + 1);
  }
  if (!skipping_) begun_ += bytes;
  if (begun_.size() <= kLongestLine) return;
  begun_.clear();
  skipping_ = true;
}

Task<void> LogFollower::run(Sink sink) {
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor);
  for (;;) {
    bool telling = false;
    const bool more = tail_.read([&](std::string_view line) { telling = take_(line) || telling; });
    if (telling) sink(key_, "Caddy's log tells of it");
    timer.expires_after(more ? std::chrono::seconds(0) : kLookAgain);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

}  // namespace argos
