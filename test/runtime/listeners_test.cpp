// SPDX-License-Identifier: Apache-2.0
#include "runtime/listeners.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace argos {
namespace {

TEST(Listeners, AreReadFromTheKernelsTable) {
  const auto found = parse_listeners(
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
      "   0: 0100007F:07E3 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0\n"
      "   1: 0100007F:9C40 0100007F:07E3 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0\n"
      "   2: 00000000000000000000000000000000:0050 0000:0000 0A 0:0 0:0 0     0        0 4713 1 0\n"
      "   3: 00000000000000000000000001000000:0051 0000:0000 0A 0:0 0:0 0     0        0 4714 1 0\n"
      "nonsense: x:y z 0A\n   4: 123:0050 0 0A 0 0 0 0 0 1\n");
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].address, "127.0.0.1");
  EXPECT_EQ(found[0].port, 2019);
  EXPECT_EQ(found[0].inode, 4711U);
  EXPECT_FALSE(found[0].everywhere());
  EXPECT_EQ(found[1].address, "::");
  EXPECT_EQ(found[1].port, 80);
  EXPECT_TRUE(found[1].everywhere());
  EXPECT_EQ(found[2].address, "::1");
}

TEST(Listeners, ARealOneIsFoundWithItsProcess) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(socket, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(socket, 1), 0);
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  const int port = ntohs(address.sin_port);
  const auto found = listeners_on(port);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].address, "127.0.0.1");
  const auto process = process_of(found[0].inode);
  ASSERT_TRUE(process);
  EXPECT_EQ(process->pid, ::getpid());
  ::close(socket);
  EXPECT_TRUE(listeners_on(port).empty());
}

}  // namespace
}  // namespace argos
