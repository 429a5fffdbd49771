// SPDX-License-Identifier: Apache-2.0
// Many who connect and say nothing, or next to nothing: whoever asks for something gets it meanwhile.
#include <sys/resource.h>

#include "test/e2e/world.hpp"
#include "test/support/sockets.hpp"

namespace argos::test {
namespace {

// What is started meanwhile may have as many open files as a program gets where nothing is said, and this test more.
class FewFiles {
 public:
  FewFiles() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    set(1'024);
  }
  ~FewFiles() { set(std::min<rlim_t>(before_.rlim_max, 4'096)); }
  FewFiles(const FewFiles&) = delete;
  FewFiles& operator=(const FewFiles&) = delete;

 private:
  void set(rlim_t most) const {
    const rlimit limit{most, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  rlimit before_{};
};

std::unique_ptr<Socket> connect_to(int port) {
  auto socket = std::make_unique<Socket>(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto to = loopback(port);
  if (::connect(socket->get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
    throw std::runtime_error("nobody listens");
  return socket;
}

bool is_open(const Socket& socket) {
  char byte = 0;
  return ::recv(socket.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

TEST(Crowds, AThousandIdleAndAHundredSlowConnectionsDisturbNobody) {
  constexpr std::size_t kIdle = 1'000, kSlow = 100;
  const std::string slowly = "POST /api/v1/apply HTTP/1.1\r\nHost: x\r\nX-Slow: ";
  World world;
  {
    const FewFiles here;
    world.start_argos();
  }
  world.until_argos_answers();
  const auto url = world.url();
  const int port = std::stoi(url.substr(url.rfind(':') + 1));
  const auto said_once = world.argos("token create visitor --role operator").out;
  const auto bearer = "Bearer " + said_once.substr(0, said_once.find('\n'));
  std::vector<std::unique_ptr<Socket>> others;
  for (std::size_t at = 0; at < kIdle + kSlow; ++at) others.push_back(connect_to(port));
  for (std::size_t said = 0; said < slowly.size(); ++said) {
    for (std::size_t at = 0; at < kSlow; ++at) ASSERT_TRUE(send_all(others[at]->get(), slowly.substr(said, 1)));
    const auto body = R"({"spec": {"targets": [{"host": "192.0.2.7", "port": )" + std::to_string(1 + said) + "}]}}";
    const auto answer =
        http(url, {"PUT", "/api/v1/targetgroups/app", {{"Authorization", bearer}, {"Content-Type", "application/json"}}, body});
    ASSERT_EQ(answer.status, said == 0 ? 201 : 200) << answer.body;
  }
  EXPECT_TRUE(std::ranges::all_of(others, [](const auto& socket) { return is_open(*socket); }));
}

}  // namespace
}  // namespace argos::test
