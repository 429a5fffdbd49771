// SPDX-License-Identifier: Apache-2.0
#include "test/support/own_network.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace argos::test {
namespace {

bool write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text << std::flush;
  return file.good();
}

// Who is not root becomes root of a user namespace.
bool unshare_network() {
  const auto uid = ::getuid();
  const auto gid = ::getgid();
  if (::unshare(CLONE_NEWNET) == 0) return true;
  if (errno != EPERM || ::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
  write_file("/proc/self/setgroups", "deny");
  return write_file("/proc/self/uid_map", "0 " + std::to_string(uid) + " 1") &&
         write_file("/proc/self/gid_map", "0 " + std::to_string(gid) + " 1");
}

bool bring_loopback_up() {
  const int any = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq loopback{};
  std::strcpy(loopback.ifr_name, "lo");
  bool up = ::ioctl(any, SIOCGIFFLAGS, &loopback) == 0;
  loopback.ifr_flags |= IFF_UP;
  up = up && ::ioctl(any, SIOCSIFFLAGS, &loopback) == 0;
  ::close(any);
  return up;
}

}  // namespace

std::string enter_own_network() {
  static bool entered = false;
  if (entered) return "";
  if (!unshare_network()) return std::string("no network namespace of its own is to be had: ") + std::strerror(errno);
  if (!bring_loopback_up()) return "its loopback cannot be brought up";
  if (!write_file("/proc/sys/net/ipv4/tcp_migrate_req", "1")) return "net.ipv4.tcp_migrate_req cannot be set";
  entered = true;
  return "";
}

}  // namespace argos::test
