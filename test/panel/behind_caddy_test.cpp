// SPDX-License-Identifier: Apache-2.0
// A visitor of the panel through a real Caddy: who he is, and that he came over TLS, is what the panel sees.
#include <future>

#include "controllers/panel_host.hpp"
#include "model/caddy_config.hpp"
#include "panel/cross_site.hpp"
#include "test/panel/panel_fixture.hpp"
#include "test/support/caddy.hpp"
#include "test/support/process.hpp"

namespace argos::test {
namespace {

using ::testing::HasSubstr;

Task<argos::Answer> say_whence(PanelContext&, const Request& request, const Match&) {
  const auto rival = why_cross_site(request);
  co_return Response{200, {}, request.peer.address + (request.tls ? " tls" : " plain") + (rival ? " cross-site" : "")};
}
constexpr std::array<Route, 2> kWhence{{
    {"GET", "/", say_whence, Needs::nothing, ""},
    {"POST", "/", say_whence, Needs::nothing, "", {}, 16},
}};

struct BehindRealCaddy : PanelTest, ::testing::WithParamInterface<CaddyBinary> {
  void SetUp() override {
    if (auto bound = panel.listen(ListenAddress{"127.0.0.1", 0}); !bound) throw std::runtime_error(bound.error().text());
    config.panel_mode = "behind_caddy";
    config.panel_domain = "panel.localhost";
    config.panel_upstream.port = panel.port();
    trusted_proxies = TrustedProxies(config);
    caddy.start();
    serve();
  }
  void serve() {
    CaddySurroundings around;
    around.admin = {{"listen", "unix/" + caddy.endpoint().socket}};
    around.http_port = caddy.http_port();
    around.https_port = caddy.https_port();
    around.access_log = around.errors_log = "";
    const auto objects = PanelObjects::from(config);
    Desired desired;
    desired.hosts.push_back({{"argos-panel", 1, 1, ManagedBy::system, ""}, objects->host, {}});
    desired.target_groups.push_back({{"argos-panel", 1, 1, ManagedBy::system, ""}, objects->group, {}});
    const auto loaded = caddy.admin("POST", "/load", boost::json::serialize(render(desired, {}, around).document));
    ASSERT_EQ(loaded.status, 200) << loaded.body;
  }
  // What the panel saw of a visitor from 127.0.0.2; asked again until Caddy has its certificate.
  std::string seen(const std::string& options = "") {
    const auto command = "curl -sik --max-time 5 --retry 40 --retry-delay 1 --retry-all-errors --interface 127.0.0.2 " +
                         options + " --resolve panel.localhost:" + port() + ":127.0.0.1 https://panel.localhost:" + port() +
                         "/";
    auto visit = std::async(std::launch::async, [command] { return shell(command).out; });
    loop.until([&] { return visit.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
    return visit.get();
  }
  std::string port() const { return std::to_string(caddy.https_port()); }

  RealCaddy caddy{GetParam().path};
  HttpServer panel{loop.executor(), make_handler(context, kWhence), {}, make_gate(context, kWhence)};
};
INSTANTIATE_TEST_SUITE_P(RealCaddy, BehindRealCaddy, ::testing::ValuesIn(caddy_binaries()),
                         [](const auto& binary) { return binary.param.label; });

TEST_P(BehindRealCaddy, TheClientsAddressAndTlsReachThePanel) {
  const auto answer = seen();
  EXPECT_THAT(answer, HasSubstr("127.0.0.2 tls"));
  EXPECT_THAT(answer, HasSubstr("trict-")) << "Strict-Transport-Security is asked for";
}

TEST_P(BehindRealCaddy, WhatAVisitorWritesOfHimselfCountsForNothing) {
  EXPECT_THAT(seen("-H 'X-Forwarded-For: 6.6.6.6' -H 'X-Forwarded-Proto: http' -H 'X-Real-IP: 7.7.7.7'"),
              HasSubstr("127.0.0.2 tls"));
}

TEST_P(BehindRealCaddy, ThePanelsOwnPageIsOfThePanelsSite) {
  const std::string post = "-X POST -H 'Content-Type: application/json' -d {} -H 'Origin: https://panel.localhost";
  EXPECT_THAT(seen(post + ":" + port() + "'"), HasSubstr("127.0.0.2 tls"));
  EXPECT_THAT(seen(post + ".evil.test'"), HasSubstr(" 403 "));
}

TEST_P(BehindRealCaddy, WhoComesPastCaddyFromElsewhereIsBelievedNothing) {
  trusted_proxies = TrustedProxies(Config{});
  EXPECT_THAT(seen(), HasSubstr("127.0.0.1 plain"));
}

}  // namespace
}  // namespace argos::test
