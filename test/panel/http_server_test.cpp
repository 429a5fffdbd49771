// SPDX-License-Identifier: Apache-2.0
// The server's own rules, on real sockets, with handlers made for the purpose.
#include "panel/http_server.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "test/panel/loop.hpp"
#include "test/support/support.hpp"

namespace argos::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Task<Response> echo(Request request) {
  co_return Response{
      200, {}, request.method + " " + request.path + " q=" + std::string(request.parameter("q")) + " " + request.body};
}
Task<Response> whoami(Request request) {
  co_return Response{200, {}, request.peer.on_socket() ? "uid " + std::to_string(*request.peer.uid) : request.peer.address};
}
Task<Response> explode(Request) {
  throw std::runtime_error("the secret is 12345");
  co_return Response{};
}

struct HttpServerTest : ::testing::Test {
  HttpServer& serve(Handler handler, HttpLimits limits = {}) {
    server = std::make_unique<HttpServer>(loop.executor(), std::move(handler), limits);
    const auto bound = server->listen(ListenAddress{"127.0.0.1", 0});
    if (!bound) throw std::runtime_error(bound.error().text());
    return *server;
  }
  std::string ask_raw(const std::string& bytes) { return ask(loop, server->port(), bytes); }

  TempFolder folder;
  std::string socket_path = folder / "argos.sock";
  Loop loop;
  std::unique_ptr<HttpServer> server;
};

TEST_F(HttpServerTest, AnswersWhatTheHandlerSays) {
  serve(echo);
  const auto answer = send(loop, tcp(server->port()), {"POST", "/a?q=1", {}, "hello"});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "POST /a q=1 hello");
}

TEST_F(HttpServerTest, PathAndQueryArePercentDecoded) {
  serve(echo);
  EXPECT_EQ(send(loop, tcp(server->port()), {"GET", "/a%20b?q=%C3%A9+x", {}, ""}).body, "GET /a b q=é x ");
}

TEST_F(HttpServerTest, KeepsAConnectionForMoreRequests) {
  serve(echo);
  auto socket = connect_to(loop, server->port());
  for (const char* const path : {"/1", "/2", "/3"}) {
    asio::write(socket, asio::buffer("GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n\r\n"));
    EXPECT_THAT(loop.run(read_until(socket, std::string("GET ") + path)), StartsWith("HTTP/1.1 200"));
  }
}

TEST_F(HttpServerTest, HeadHasTheLengthButNoBody) {
  serve(echo);
  const auto answer = ask_raw("HEAD /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("Content-Length: 11\r\n"));
  EXPECT_THAT(answer, ::testing::EndsWith("\r\n\r\n"));
}

TEST_F(HttpServerTest, AnOversizeBodyIs413BeforeItIsSent) {
  serve(echo, {.body_bytes = 1024});
  const auto answer = ask_raw("PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000000\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(answer, HasSubstr("\"reason\":\"TooLarge\""));
}

TEST_F(HttpServerTest, ASenderThatDoesNotWaitStillSeesThe413) {
  serve(echo);
  EXPECT_EQ(send(loop, tcp(server->port()), {"PUT", "/x", {}, std::string(9U << 20U, 'x')}).status, 413);
}

TEST_F(HttpServerTest, AChunkedBodyIsCountedToo) {
  serve(echo, {.body_bytes = 16});
  const auto answer = ask_raw("PUT /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n" + std::string(32, 'x') +
                              "\r\n0\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 413"));
}

TEST_F(HttpServerTest, AnOversizeHeaderIs431) {
  serve(echo);
  const auto answer = ask_raw("GET /x HTTP/1.1\r\nHost: x\r\nX-Long: " + std::string(17U << 10U, 'x') + "\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 431"));
}

TEST_F(HttpServerTest, WhatIsNotHttpIs400) {
  serve(echo);
  EXPECT_THAT(ask_raw("\x16\x03\x01 no\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(ask_raw("GET nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), StartsWith("HTTP/1.1 400"));
}

TEST_F(HttpServerTest, ATargetThatIsNoTextIs400) {
  serve(echo);
  for (const char* const path : {"/a%00b", "/%ff", "/a?q=%ff"})
    EXPECT_EQ(send(loop, tcp(server->port()), {"GET", path, {}, ""}).status, 400) << path;
}

TEST_F(HttpServerTest, WhoeverAsksFirstIsToldToContinue) {
  serve(echo);
  auto socket = connect_to(loop, server->port());
  asio::write(socket,
              asio::buffer(std::string("PUT /x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")));
  EXPECT_THAT(loop.run(read_until(socket, "\r\n\r\n")), StartsWith("HTTP/1.1 100"));
  asio::write(socket, asio::buffer(std::string("hi")));
  EXPECT_THAT(loop.run(read_until(socket, "hi")), HasSubstr("200 OK"));
}

TEST_F(HttpServerTest, ASlowClientIsCut) {
  serve(echo, {.patience = 100ms});
  EXPECT_EQ(ask_raw("GET /x HTTP/1.1\r\nHost"), "");
  EXPECT_EQ(ask_raw(""), "");
  EXPECT_EQ(ask_raw("PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc"), "");
}

// A byte now and then, until the other side has enough of it.
Task<> drip(Socket& socket, int& cut) {
  constexpr int kMost = 300;
  asio::steady_timer timer(socket.get_executor());
  boost::system::error_code gone, ignored;
  for (int at = 0; at < kMost && !gone; ++at) {
    co_await asio::async_write(socket, asio::buffer("G", 1), asio::redirect_error(asio::use_awaitable, gone));
    timer.expires_after(20ms);
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  cut += gone ? 1 : 0;
}

TEST_F(HttpServerTest, OneByteNowAndThenIsSlowTooAndKeepsNobodyWaiting) {
  constexpr int kSlow = 100;
  serve(echo, {.patience = 1s});
  std::vector<Socket> slow;
  int cut = 0, ended = 0;
  for (int at = 0; at < kSlow; ++at) slow.push_back(connect_to(loop, server->port()));
  for (auto& socket : slow) asio::co_spawn(loop.executor(), drip(socket, cut), [&](const std::exception_ptr&) { ++ended; });
  while (ended < kSlow) EXPECT_EQ(send(loop, tcp(server->port()), {}).status, 200);
  EXPECT_EQ(cut, kSlow);
}

TEST_F(HttpServerTest, AnExceptionIs500WithoutInternals) {
  serve(explode);
  const auto answer = send(loop, tcp(server->port()), {"GET", "/", {}, ""});
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.headers.at("content-type"), "application/problem+json");
  EXPECT_THAT(answer.body, Not(HasSubstr("12345")));
}

TEST_F(HttpServerTest, OfTooManyConnectionsTheLongestIdleGoes) {
  serve(echo, {.connections = 2});
  auto first = connect_to(loop, server->port());
  auto second = connect_to(loop, server->port());
  const std::string request = "GET /x HTTP/1.1\r\nHost: x\r\n\r\n";
  asio::write(first, asio::buffer(request));
  (void)loop.run(read_until(first, "GET /x"));
  asio::write(second, asio::buffer(request));
  (void)loop.run(read_until(second, "GET /x"));
  EXPECT_THAT(ask_raw("GET /y HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(loop.run(read_all_of(first)), "");
}

TEST_F(HttpServerTest, AllAddressesAreIpv4AndIpv6) {
  server = std::make_unique<HttpServer>(loop.executor(), whoami);
  ASSERT_TRUE(server->listen(ListenAddress{"", 0}));
  ASSERT_GT(server->port(), 0);
  EXPECT_EQ(send(loop, tcp(server->port()), {}).body, "127.0.0.1");
  EXPECT_EQ(send(loop, tcp(server->port(), "::1"), {}).body, "::1");
}

TEST_F(HttpServerTest, APortInUseNamesTheAddressAndTheVariable) {
  serve(echo);
  HttpServer other(loop.executor(), echo);
  const auto bound = other.listen(ListenAddress{"127.0.0.1", server->port()});
  ASSERT_FALSE(bound);
  EXPECT_EQ(bound.error().reason, "CannotListen");
  EXPECT_THAT(bound.error().text(), HasSubstr("127.0.0.1:" + std::to_string(server->port())));
  EXPECT_THAT(bound.error().text(), HasSubstr("ARGOS_LISTEN"));
}

TEST_F(HttpServerTest, TheSocketIsItsOwnersAndKnowsWhoCalls) {
  serve(whoami);
  ASSERT_TRUE(server->listen(socket_path));
  struct stat there {};
  ASSERT_EQ(::stat(socket_path.c_str(), &there), 0);
  EXPECT_EQ(there.st_mode & 0777U, 0600U);
  EXPECT_EQ(send(loop, unix_socket(socket_path), {}).body, "uid " + std::to_string(::getuid()));
}

TEST_F(HttpServerTest, AStaleSocketIsReplacedAnythingElseIsNot) {
  { asio::local::stream_protocol::acceptor former(loop.executor(), asio::local::stream_protocol::endpoint(socket_path)); }
  ASSERT_TRUE(std::filesystem::exists(socket_path));
  serve(echo);
  EXPECT_TRUE(server->listen(socket_path));

  const auto file = folder / "file";
  std::ofstream(file) << "precious";
  EXPECT_FALSE(server->listen(file));
  EXPECT_TRUE(std::filesystem::is_regular_file(file));
}

TEST_F(HttpServerTest, ATooLongSocketPathIsSaid) {
  serve(echo);
  const auto bound = server->listen("/tmp/" + std::string(120, 'x'));
  ASSERT_FALSE(bound);
  EXPECT_THAT(bound.error().text(), HasSubstr("ARGOS_DATA_DIR"));
}

// A handler that takes its time, until the test lets it go on.
struct Gate {
  explicit Gate(const asio::any_io_executor& executor) : timer(executor, asio::steady_timer::time_point::max()) {}
  asio::steady_timer timer;
  bool reached = false;
};
Task<Response> wait_at(Gate& gate) {
  gate.reached = true;
  boost::system::error_code opened;
  co_await gate.timer.async_wait(asio::redirect_error(asio::use_awaitable, opened));
  co_return Response{200, {}, "at last"};
}

TEST_F(HttpServerTest, StopLetsARequestInHandBeAnswered) {
  Gate gate(loop.executor());
  serve([&gate](Request) { return wait_at(gate); });
  ASSERT_TRUE(server->listen(socket_path));
  auto socket = connect_to(loop, server->port());
  asio::write(socket, asio::buffer(std::string("GET / HTTP/1.1\r\nHost: x\r\n\r\n")));
  loop.until([&] { return gate.reached; });

  bool stopped = false;
  asio::co_spawn(loop.executor(), server->stop(10s), [&](const std::exception_ptr&) { stopped = true; });
  loop.step();
  EXPECT_FALSE(stopped);
  gate.timer.cancel();
  const auto answer = loop.run(read_all_of(socket));
  EXPECT_THAT(answer, HasSubstr("at last"));
  EXPECT_THAT(answer, HasSubstr("Connection: close"));
  loop.until([&] { return stopped; });
  EXPECT_FALSE(std::filesystem::exists(socket_path));
}

TEST_F(HttpServerTest, StopCutsWhatIsNotAnsweredByTheDeadline) {
  Gate gate(loop.executor());
  serve([&gate](Request) { return wait_at(gate); });
  auto socket = connect_to(loop, server->port());
  asio::write(socket, asio::buffer(std::string("GET / HTTP/1.1\r\nHost: x\r\n\r\n")));
  loop.until([&] { return gate.reached; });
  loop.run(server->stop(100ms));
  EXPECT_EQ(loop.run(read_all_of(socket)), "");
}

TEST_F(HttpServerTest, StopEndsIdleConnectionsAtOnce) {
  serve(echo);
  auto socket = connect_to(loop, server->port());
  loop.step();
  loop.run(server->stop(1h));
  EXPECT_EQ(loop.run(read_all_of(socket)), "");
}

}  // namespace
}  // namespace argos::test
