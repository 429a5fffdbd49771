// SPDX-License-Identifier: Apache-2.0
#include "cli/changes.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <thread>

namespace argos {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kPause{100};  // where nobody tells anything: argos may be on its way up
constexpr milliseconds kBurst{20};   // what comes together is one reason

milliseconds until(std::chrono::steady_clock::time_point deadline) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
  return std::clamp(left, milliseconds(0), milliseconds(std::chrono::hours(1)));
}

}  // namespace

void Changes::await(std::chrono::steady_clock::time_point deadline) {
  if (!stream_ && !listen()) return std::this_thread::sleep_for(std::min(kPause, until(deadline)));
  pollfd heard{stream_.get(), POLLIN, 0};
  if (::poll(&heard, 1, static_cast<int>(until(deadline).count())) <= 0) return;
  std::this_thread::sleep_for(std::min(kBurst, until(deadline)));
  if (!drain()) stream_ = File();
}

bool Changes::listen() {
  constexpr std::string_view kWish = "GET /api/v1/events HTTP/1.1\r\nHost: argos\r\nConnection: close\r\n\r\n";
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  socket_.copy(to.sun_path, sizeof to.sun_path - 1);
  File stream(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(stream.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) return false;
  if (::send(stream.get(), kWish.data(), kWish.size(), MSG_NOSIGNAL) < 0) return false;
  stream_ = std::move(stream);
  return true;
}

// False: the other side has ended it.
bool Changes::drain() {
  std::array<char, 16384> told;  // NOLINT: filled by the read, and read by nobody
  ssize_t got = 0;
  do {
    got = ::recv(stream_.get(), told.data(), told.size(), MSG_DONTWAIT);
  } while (got > 0);
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace argos
