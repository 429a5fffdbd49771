// SPDX-License-Identifier: Apache-2.0
// What lies between a connection and a handler: who asks, whether another page made a browser ask, and how much is read before that.
#include "panel/dispatch.hpp"

#include "panel/cross_site.hpp"
#include "panel/security_headers.hpp"
#include "test/panel/browser.hpp"

namespace argos::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Task<Answer> say_who(PanelContext&, const Request& request, const Match&) {
  co_return Response{200, {}, request.peer.address + (request.tls ? " tls" : "") + " " + request.body};
}
constexpr std::array<Route, 3> kTable{{
    {"GET", "/who", say_who, Needs::nothing, "", {}, 16},
    {"POST", "/who", say_who, Needs::nothing, "", {}, 16},
    {"GET", "/secret", say_who, Needs::read, ""},
}};

using Sent = std::vector<std::pair<std::string, std::string>>;

struct DispatchTest : PanelTest {
  DispatchTest() {
    if (auto bound = other.listen(ListenAddress{"127.0.0.1", 0}); !bound) throw std::runtime_error(bound.error().text());
  }
  HttpResponse say(std::string method, std::string target, Sent headers = {}, std::string body = "") {
    return send(loop, tcp(other.port()), {std::move(method), std::move(target), std::move(headers), std::move(body)});
  }
  HttpServer other{loop.executor(), make_handler(context, kTable), {}, make_gate(context, kTable)};
};

void expect_security_headers(const HttpResponse& answer) {
  for (const auto& [name, value] : kSecurityHeaders) {
    std::string lower(name);
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    ASSERT_TRUE(answer.headers.contains(lower)) << name;
    EXPECT_EQ(answer.headers.at(lower), value);
  }
}

TEST_F(DispatchTest, EveryAnswerCarriesTheSecurityHeaders) {
  expect_security_headers(over_tcp("GET", "/healthz"));
  expect_security_headers(over_tcp("GET", "/nothing"));
  expect_security_headers(ask("GET", "/api/v1/status"));
  expect_security_headers(over_tcp("GET", "/%ff"));
  expect_security_headers(say("POST", "/who", {{"Content-Type", "application/json"}}, std::string(17, 'x')));
}

TEST_F(DispatchTest, TheContentPolicyAllowsNothingInlineAndNoFrames) {
  const auto policy = over_tcp("GET", "/healthz").headers.at("content-security-policy");
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
  for (const auto* const part : {"default-src 'none'", "frame-ancestors 'none'", "object-src 'none'", "base-uri 'none'"})
    EXPECT_THAT(policy, HasSubstr(part));
}

TEST_F(DispatchTest, NoOtherOriginIsLetIn) {
  for (const char* const method : {"GET", "OPTIONS", "POST"}) {
    const auto answer = say(method, "/who", {{"Origin", "http://evil.example"}, {"Access-Control-Request-Method", "POST"}});
    for (const auto& [name, value] : answer.headers) EXPECT_THAT(name, Not(StartsWith("access-control-"))) << method;
  }
}

TEST_F(DispatchTest, NobodysWordAboutTheClientCountsUnlessHeIsATrustedProxy) {
  const Sent headers{{"X-Forwarded-For", "6.6.6.6, 198.51.100.1"}, {"X-Real-IP", "7.7.7.7"}, {"X-Forwarded-Proto", "https"}};
  EXPECT_EQ(say("GET", "/who", headers).body, "127.0.0.1 ");
  trust("127.0.0.0/8");
  EXPECT_EQ(say("GET", "/who", headers).body, "198.51.100.1 tls ");
}

TEST_F(DispatchTest, StrictTransportIsAskedForBehindTlsOnly) {
  trust("127.0.0.1");
  EXPECT_FALSE(say("GET", "/who").headers.contains("strict-transport-security"));
  EXPECT_FALSE(say("GET", "/who", {{"X-Forwarded-Proto", "http"}}).headers.contains("strict-transport-security"));
  for (const auto* const path : {"/who", "/nothing"})
    EXPECT_EQ(say("GET", path, {{"X-Forwarded-Proto", "https"}}).headers.at("strict-transport-security"), "max-age=31536000");
}

TEST_F(DispatchTest, WithoutALoginNothingOverTcpIsAnsweredThatNeedsOne) {
  const auto answer = say("GET", "/secret");
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(reason(answer), "LoginRequired");
}

TEST_F(DispatchTest, EveryRouteOfTheApiNeedsALogin) {
  for (const auto& route : routes()) {
    if (!route.pattern.starts_with("/api/") || route.pattern == "/api/v1/login" || route.pattern == "/api/v1/openapi.json")
      continue;
    EXPECT_NE(route.needs, Needs::nothing) << route.pattern;
    EXPECT_TRUE(!route.is_change() || route.needs != Needs::read) << route.pattern;
  }
}

// ---- other pages -----------------------------------------------------------------------------------------------------------

struct Sending {
  std::string method;
  Sent headers;
  int status;
};
const std::pair<std::string, std::string> kJson{"Content-Type", "application/json"};

TEST_F(DispatchTest, AChangeThatAnotherPageMadeABrowserSendIsRefused) {
  const auto host = "127.0.0.1:" + std::to_string(other.port());
  for (const auto& [method, headers, status] : std::vector<Sending>{
           {"POST", {kJson}, 200},
           {"POST", {kJson, {"Origin", "http://" + host}, {"Sec-Fetch-Site", "same-origin"}}, 200},
           {"POST", {kJson, {"Sec-Fetch-Site", "cross-site"}}, 403},
           {"POST", {kJson, {"Sec-Fetch-Site", "same-site"}}, 403},  // another host of the same domain is another site
           {"POST", {kJson, {"Origin", "http://evil.example"}}, 403},
           {"POST", {kJson, {"Origin", "http://" + host + ".evil.example"}}, 403},
           {"POST", {kJson, {"Origin", "null"}}, 403},
           {"POST", {}, 415},
           {"POST", {{"Content-Type", "text/plain"}}, 415},
           {"POST", {{"Content-Type", "Text/Plain ; charset=utf-8"}}, 415},
           {"POST", {{"Content-Type", "multipart/form-data; boundary=x"}}, 415},
           {"POST", {{"Content-Type", "application/x-www-form-urlencoded"}}, 415},
           {"GET", {{"Sec-Fetch-Site", "cross-site"}}, 200},
       })
    EXPECT_EQ(say(method, "/who", headers).status, status) << method << " " << ::testing::PrintToString(headers);
}

Request head_of(std::string method, std::map<std::string, std::string> headers = {}) {
  Request out;
  out.method = std::move(method);
  out.headers = std::move(headers);
  return out;
}

TEST(CrossSite, BehindTlsTheOwnPageIsOneOverTls) {
  auto head = head_of("DELETE", {{"host", "panel.example.com"}, {"origin", "http://panel.example.com"}});
  EXPECT_FALSE(why_cross_site(head));
  head.tls = true;
  EXPECT_TRUE(why_cross_site(head));
  head.headers["origin"] = "https://panel.example.com";
  EXPECT_FALSE(why_cross_site(head));
}

TEST(CrossSite, ADeletionWithoutABodyNeedsNoContentType) {
  EXPECT_FALSE(why_cross_site(head_of("DELETE")));
  EXPECT_TRUE(why_cross_site(head_of("PUT", {{"transfer-encoding", "chunked"}})));
}

// ---- what is not read ------------------------------------------------------------------------------------------------------

TEST_F(DispatchTest, AnUploadFarOverTheLimitIsRefusedAtEveryRouteBeforeItsBody) {
  const std::string huge = "\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10000000000\r\n\r\n";
  for (const auto& route : routes()) {
    const auto bytes = std::string(route.method) + " " + path_of(route) + " HTTP/1.1" + huge;
    EXPECT_THAT(argos::test::ask(loop, server.port(), bytes), StartsWith("HTTP/1.1 4")) << bytes;
    asio::local::stream_protocol::socket local(loop.executor());
    local.connect(asio::local::stream_protocol::endpoint(socket_path));
    Socket socket(std::move(local));
    asio::write(socket, asio::buffer(bytes));
    EXPECT_THAT(loop.run(read_all_of(socket)), StartsWith("HTTP/1.1 413")) << bytes;
  }
}

// Writes until nobody takes any more: how much was taken.
Task<std::size_t> pour(Socket& into, const std::string& part, std::size_t most) {
  std::size_t taken = 0;
  boost::system::error_code gone;
  while (!gone && taken < most)
    taken += co_await asio::async_write(into, asio::buffer(part), asio::redirect_error(asio::use_awaitable, gone));
  co_return taken;
}

struct FloodTest : LoginTest {
  static constexpr std::size_t kFar = 64U << 20U;  // what the kernel takes for itself is much less
  FloodTest() {
    add("boss", Role::admin);
    if (auto bound = brief.listen(ListenAddress{"127.0.0.1", 0}); !bound) throw std::runtime_error(bound.error().text());
  }
  std::string flood(const Route& route, const std::string& headers, const std::string& part) {
    auto socket = connect_to(loop, brief.port());
    asio::write(socket, asio::buffer(std::string(route.method) + " " + path_of(route) +
                                     " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + headers + "\r\n"));
    EXPECT_LT(loop.run(pour(socket, part, kFar)), kFar) << route.method << " " << route.pattern << " " << headers;
    return loop.run(read_all_of(socket));
  }
  HttpServer brief{loop.executor(), make_handler(context), {.discarded_bytes = 64U << 10U}, make_gate(context)};
};

TEST_F(FloodTest, NoRouteSwallowsWhatItRefuses) {
  const std::string session = "Cookie: " + logged_in("boss").cookie + "\r\n";
  const std::string block(64U << 10U, 'x'), chunk = "10000\r\n" + block + "\r\n";
  const std::string length = "Content-Length: 10000000000\r\n", chunked = "Transfer-Encoding: chunked\r\n";
  for (const auto& route : routes()) {
    EXPECT_THAT(flood(route, length, block), StartsWith("HTTP/1.1 4"));
    EXPECT_THAT(flood(route, session + length, block), StartsWith("HTTP/1.1 413")) << route.pattern;
    const auto* const unsized = route.intake == Intake::archive ? "HTTP/1.1 411" : "HTTP/1.1 413";
    EXPECT_THAT(flood(route, session + chunked, chunk), StartsWith(unsized)) << route.pattern;
  }
}

TEST_F(DispatchTest, ARouteHasItsOwnLimit) {
  EXPECT_EQ(say("POST", "/who", {kJson}, std::string(16, 'x')).status, 200);
  EXPECT_EQ(say("POST", "/who", {kJson}, std::string(17, 'x')).status, 413);
}

TEST_F(DispatchTest, WhoeverWaitsToSendItsBodyIsRefusedInsteadOfToldToContinue) {
  const auto answer = argos::test::ask(
      loop, server.port(), "PUT /api/v1/hosts/a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 415"));
}

}  // namespace
}  // namespace argos::test
