// SPDX-License-Identifier: Apache-2.0
// What the rendered document means on the wire: real Caddys, real servers behind them, real requests.
#include <set>

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>

#include "controllers/caddy_admin.hpp"
#include "model/caddy_config.hpp"
#include "runtime/tls_probe.hpp"
#include "test/support/caddy.hpp"
#include "test/support/pebble.hpp"

namespace argos {
namespace {

using test::Ask;
using test::ask;
using test::ask_tls;
using test::Backend;
using test::eventually;
using test::Reply;
using testing::AllOf;
using testing::Ge;
using testing::HasSubstr;
using testing::Le;

// A new Caddy clears its storage of empty folders while it saves its first certificates there; one that fails for that it tries again
// after a minute.
constexpr std::chrono::seconds kCaddysPatience{75};

class CaddyWire : public testing::TestWithParam<test::CaddyBinary> {
 protected:
  void SetUp() override {
    caddy_.start();
    surroundings_.admin = {{"listen", "unix/" + caddy_.endpoint().socket}};
    surroundings_.http_port = caddy_.http_port();
    surroundings_.https_port = caddy_.https_port();
    surroundings_.access_log = caddy_.folder() / "access.log";
    surroundings_.errors_log = caddy_.folder() / "errors.log";
    abilities_ = test::run(context_, admin_.abilities()).value();
  }

  Host& host(const std::string& domain, const std::string& group, TlsMode mode = TlsMode::none) {
    Object<Host> made;
    made.meta.name = "h" + std::to_string(10'000 + ++seq_);
    made.meta.created = made.meta.generation = seq_;
    made.spec.domain = domain;
    made.spec.target_group = group;
    made.spec.tls.mode = mode;
    return desired_.hosts.emplace_back(std::move(made)).spec;
  }
  TargetGroup& group(const std::string& name, std::vector<Target> targets) {
    Object<TargetGroup> made;
    made.meta.name = name;
    made.meta.created = made.meta.generation = ++seq_;
    made.spec.targets = std::move(targets);
    return desired_.target_groups.emplace_back(std::move(made)).spec;
  }
  static Target target(const Backend& backend, int weight = 1) {
    return {.host = "127.0.0.1", .port = backend.port(), .weight = weight, .enabled = true};
  }
  static Target dead() { return {.host = "127.0.0.1", .port = test::free_port(), .weight = 1, .enabled = true}; }

  void serve() {
    const auto rendered = render(desired_, abilities_, surroundings_);
    const auto running = test::run(context_, admin_.read());
    ASSERT_TRUE(running) << running.error().text();
    const auto done = test::run(context_, admin_.replace(boost::json::serialize(rendered.document), running->etag));
    ASSERT_TRUE(done) << done.error().text();
  }

  Reply get(const std::string& host, const std::string& path = "/") const {
    return ask(caddy_.http_port(), {.method = "GET", .host = host, .path = path, .body = {}, .headers = {}});
  }
  Reply post(const std::string& host, std::string body) const {
    return ask(caddy_.http_port(), {.method = "POST", .host = host, .path = "/", .body = std::move(body), .headers = {}});
  }
  static std::string said(const Reply& reply, const char* field) {
    boost::system::error_code bad;
    const auto json = boost::json::parse(reply.body, bad);
    if (bad || !json.is_object() || !json.get_object().contains(field))
      return "(" + std::to_string(reply.status) + ") " + reply.body;
    const auto& value = json.at(field);
    return value.is_string() ? std::string(value.get_string()) : boost::json::serialize(value);
  }

  boost::asio::io_context context_;
  test::RealCaddy caddy_{GetParam().path};
  BeastHttpClient http_;
  CaddyAdmin admin_{http_, caddy_.endpoint()};
  CaddyAbilities abilities_;
  CaddySurroundings surroundings_;
  Desired desired_;
  std::uint64_t seq_ = 0;
};

INSTANTIATE_TEST_SUITE_P(RealCaddy, CaddyWire, testing::ValuesIn(test::caddy_binaries()),
                         [](const auto& binary) { return binary.param.label; });

// ---- who answers

TEST_P(CaddyWire, NoneIsServedOnPlainHttp) {
  Backend backend("a");
  group("app", {target(backend)});
  host("app.test", "app");
  serve();
  EXPECT_EQ(said(get("app.test"), "name"), "a");
  EXPECT_EQ(said(get("APP.test"), "name"), "a");
}

TEST_P(CaddyWire, TheOtherModesAreSentToHttpsWithThePort) {
  host("app.test", "", TlsMode::internal);
  host("man.test", "", TlsMode::manual);
  serve();
  for (const auto* const name : {"app.test", "man.test"}) {
    const auto reply = get(name, "/a/b?c=d");
    EXPECT_EQ(reply.status, 308);
    EXPECT_EQ(reply.headers.at("location"),
              "https://" + std::string(name) + ":" + std::to_string(caddy_.https_port()) + "/a/b?c=d");
  }
}

TEST_P(CaddyWire, InternalIsServedOnHttpsWithCaddysOwnCertificate) {
  Backend backend("a");
  group("app", {target(backend)});
  host("app.test", "app", TlsMode::internal).aliases = {"panel.localhost"};
  serve();
  EXPECT_TRUE(eventually([&] { return said(ask_tls(caddy_.https_port(), "app.test"), "name") == "a"; }, kCaddysPatience));
  EXPECT_TRUE(
      eventually([&] { return said(ask_tls(caddy_.https_port(), "panel.localhost"), "name") == "a"; }, kCaddysPatience));
}

TEST_P(CaddyWire, AnUnknownHostGetsAShort404OnHttpAndOnHttps) {
  host("app.test", "", TlsMode::internal);
  serve();
  EXPECT_EQ(get("unknown.test").status, 404);
  EXPECT_THAT(get("unknown.test").body, AllOf(HasSubstr("404"), testing::SizeIs(Le(200U))));
  EXPECT_TRUE(
      eventually([&] { return ask_tls(caddy_.https_port(), "app.test", "unknown.test").status == 404; }, kCaddysPatience));
}

TEST_P(CaddyWire, ThereIsNothingOnHttpsForAPlainHost) {
  Backend backend("a");
  group("app", {target(backend)});
  host("app.test", "app");
  host("other.test", "app", TlsMode::internal);
  serve();
  EXPECT_TRUE(eventually([&] { return ask_tls(caddy_.https_port(), "other.test").status == 200; }, kCaddysPatience));
  EXPECT_EQ(ask_tls(caddy_.https_port(), "app.test").status, 0);
  EXPECT_EQ(ask_tls(caddy_.https_port(), "other.test", "app.test").status, 404);
}

TEST_P(CaddyWire, ADisabledHostIsNotThere) {
  host("app.test", "").enabled = false;
  serve();
  EXPECT_EQ(get("app.test").status, 404);
}

TEST_P(CaddyWire, TheHttpsPortNeverSpeaksPlainHttp) {
  serve();
  const auto reply = ask(caddy_.https_port(), {.method = "GET", .host = "app.test", .path = "/", .body = {}, .headers = {}});
  EXPECT_THAT(reply.status, testing::AnyOf(0, 400));
}

TEST_P(CaddyWire, AnExactNameBeatsAWildcard) {
  Backend a("exact"), b("wild");
  group("exact", {target(a)});
  group("wild", {target(b)});
  host("*.app.test", "wild");
  host("one.app.test", "exact");
  serve();
  EXPECT_EQ(said(get("one.app.test"), "name"), "exact");
  EXPECT_EQ(said(get("two.app.test"), "name"), "wild");
  EXPECT_EQ(get("a.two.app.test").status, 404);
}

TEST_P(CaddyWire, ANameBelowAWildcardHasItsOwnCertificate) {
  host("*.app.test", "", TlsMode::internal);
  host("one.app.test", "", TlsMode::internal);
  serve();
  EXPECT_TRUE(eventually([&] { return ask_tls(caddy_.https_port(), "two.app.test").status == 503; }, kCaddysPatience));
  EXPECT_TRUE(eventually([&] { return ask_tls(caddy_.https_port(), "one.app.test").status == 503; }, kCaddysPatience));
  const auto own = caddy_.folder() / "data/caddy/certificates/local/one.app.test/one.app.test.crt";
  EXPECT_TRUE(eventually([&] { return std::filesystem::exists(own); }, kCaddysPatience)) << caddy_.log();
}

TEST_P(CaddyWire, AnUnicodeNameIsServedUnderItsAsciiForm) {
  Backend backend("a");
  group("app", {target(backend)});
  host("bücher.test", "app");
  serve();
  EXPECT_EQ(said(get("xn--bcher-kva.test"), "name"), "a");
}

TEST_P(CaddyWire, EveryOneOfManyHostsIsServedInCapitalsToo) {
  constexpr int kHosts = 450;
  Backend backend("a");
  group("app", {target(backend)});
  for (int at = 0; at < kHosts; ++at)
    host("h" + std::to_string(at) + ".test", at % 2 == 0 ? "app" : "", at % 2 == 0 ? TlsMode::none : TlsMode::manual);
  host("*.test", "app");
  serve();
  for (int at = 0; at < kHosts; at += 7) {
    const auto reply = get("H" + std::to_string(at) + ".TEST");
    EXPECT_EQ(reply.status, at % 2 == 0 ? 200 : 308) << at;
  }
  EXPECT_EQ(get("else.test").status, 200);
  EXPECT_EQ(get("x.else.test").status, 404);
}

TEST_P(CaddyWire, RawHandlersComeFirst) {
  Backend backend("a");
  group("app", {target(backend)});
  host("app.test", "app").caddy_handlers = {
      boost::json::parse(R"({"handler":"headers","response":{"set":{"X-Raw":["yes"]},"deferred":true}})")};
  serve();
  EXPECT_EQ(get("app.test").headers["x-raw"], "yes");
  EXPECT_EQ(said(get("app.test"), "name"), "a");
}

// ---- no target

TEST_P(CaddyWire, NoUsableTargetIs503WithRetryAfter) {
  host("missing.test", "gone");
  group("empty", {});
  host("empty.test", "empty");
  serve();
  for (const auto* const name : {"missing.test", "empty.test"}) {
    EXPECT_EQ(get(name).status, 503);
    EXPECT_EQ(get(name).headers["retry-after"], "10");
  }
}

TEST_P(CaddyWire, AllTargetsDownIs503WithRetryAfterForEveryMethod) {
  desired_.settings.spec.retry_for = Duration{std::chrono::milliseconds(300)};
  group("one", {dead()});
  group("two", {dead(), dead()});
  host("one.test", "one");
  host("two.test", "two");
  serve();
  for (const auto* const name : {"one.test", "two.test"}) {
    for (int twice = 0; twice < 2; ++twice) {
      const auto got = get(name), posted = post(name, "x");
      EXPECT_EQ(got.status, 503);
      EXPECT_EQ(got.headers.count("retry-after"), 1U);
      EXPECT_EQ(posted.status, 503);
      EXPECT_EQ(posted.headers.count("retry-after"), 1U);
    }
  }
}

TEST_P(CaddyWire, ATargetsOwnErrorsPassAsTheyAre) {
  Backend backend("a");
  group("app", {target(backend)});
  host("app.test", "app");
  serve();
  for (const int status : {502, 503, 504, 404}) {
    backend.answer(status);
    const auto reply = get("app.test");
    EXPECT_EQ(reply.status, status);
    EXPECT_EQ(said(reply, "name"), "a");
  }
}

TEST_P(CaddyWire, APostThatATargetTookAndCutIsNotRepeatedAndKeepsItsStatus) {
  Backend backend("a");
  backend.cut_connections(true);
  group("app", {target(backend)});
  host("app.test", "app");
  serve();
  EXPECT_EQ(post("app.test", "pay 10").status, 502);
  EXPECT_EQ(backend.requests(), 1);
}

// ---- one of several targets lives

TEST_P(CaddyWire, WhileOneTargetLivesNoGetOrHeadFails) {
  Backend backend("a");
  std::vector<std::string> hosts;
  for (const auto& [algorithm, text] : enum_table<Algorithm>()) {
    group(text, {dead(), target(backend), dead()}).algorithm = algorithm;
    host(hosts.emplace_back(text + ".test"), text);
  }
  serve();
  for (const auto& name : hosts) {
    int failed = 0;
    for (int at = 0; at < 200; ++at) {
      const Ask what{.method = at % 4 == 0 ? "HEAD" : "GET", .host = name, .path = "/", .body = {}, .headers = {}};
      if (ask(caddy_.http_port(), what).status != 200) ++failed;
    }
    EXPECT_EQ(failed, 0) << name;
  }
}

TEST_P(CaddyWire, AGetThatATargetCutsIsAskedOfAnother) {
  Backend good("good"), bad("bad");
  bad.cut_connections(true);
  group("app", {target(bad), target(good)});
  host("app.test", "app");
  serve();
  for (int at = 0; at < 20; ++at) EXPECT_EQ(said(get("app.test"), "name"), "good");
}

// Eight clients at once, each with bodies of its own, so that a body that ends up with another request is seen.
TEST_P(CaddyWire, APostWhoseTargetRefusesReachesAnotherWithItsOwnBodyWhole) {
  desired_.settings.spec.retry_for = Duration{std::chrono::milliseconds(200)};  // the dead one is tried often
  Backend backend("a");
  group("app", {dead(), target(backend)}).algorithm = Algorithm::random;
  host("app.test", "app");
  serve();
  std::atomic<int> failed = 0, mixed = 0;
  std::vector<std::thread> clients;
  for (int client = 0; client < 8; ++client) {
    clients.emplace_back([&, client] {
      for (int at = 0; at < 120; ++at) {
        const std::string body(10'240, static_cast<char>('a' + (client * 7 + at) % 26));
        const auto reply = post("app.test", body);
        if (reply.status != 200) {
          ++failed;
        } else if (said(reply, "body") != test::body_hash(body)) {
          ++mixed;
        }
      }
    });
  }
  for (auto& client : clients) client.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(mixed, 0);
}

TEST_P(CaddyWire, BodiesOfAnySizePassWhole) {
  Backend a("a"), b("b");
  group("app", {target(a), target(b)});
  host("app.test", "app");
  serve();
  for (const std::size_t size : {1UL, 65'535UL, 65'536UL, 65'537UL, 1'000'000UL, 5'000'000UL}) {
    std::string body(size, 'x');
    for (std::size_t at = 0; at < size; at += 997) body[at] = static_cast<char>('a' + at % 26);
    const auto reply = post("app.test", body);
    EXPECT_EQ(reply.status, 200) << size;
    EXPECT_EQ(said(reply, "body"), test::body_hash(body)) << size;
  }
}

TEST_P(CaddyWire, ARequestOutlastsARestartOfAllTargets) {
  Backend backend("a");
  group("app", {target(backend), dead()});
  host("app.test", "app");
  serve();
  backend.down();
  std::thread back([&] {
    EXPECT_TRUE(eventually(
        [&] { return caddy_.admin("GET", "/reverse_proxy/upstreams").body.find("\"fails\":1") != std::string::npos; }));
    backend.up();
  });
  EXPECT_EQ(said(post("app.test", "x"), "name"), "a");
  back.join();
}

TEST_P(CaddyWire, APostThatFindsAllTargetsOutOfTurnWaitsForOne) {
  desired_.settings.spec.retry_for = Duration{std::chrono::seconds(1)};
  Backend a("a"), b("b");
  group("app", {target(a), target(b)});
  host("app.test", "app");
  serve();
  for (auto* const backend : {&a, &b}) backend->cut_connections(true);
  for (int twice = 0; twice < 2; ++twice) EXPECT_EQ(post("app.test", "x").status, 502);
  for (auto* const backend : {&a, &b}) backend->cut_connections(false);
  EXPECT_EQ(post("app.test", "x").status, 200);
}

TEST_P(CaddyWire, RequestsAreSharedByWeight) {
  Backend a("a"), b("b");
  group("app", {target(a, 75), target(b, 25)});
  host("app.test", "app");
  serve();
  for (int at = 0; at < 80; ++at) EXPECT_EQ(get("app.test").status, 200);
  EXPECT_THAT(a.requests(), AllOf(Ge(59), Le(61)));
}

TEST_P(CaddyWire, AnIpv6TargetAnswers) {
  Backend backend("six", true);
  group("app", {{.host = "::1", .port = backend.port(), .weight = 1, .enabled = true}});
  host("app.test", "app");
  serve();
  EXPECT_EQ(said(get("app.test"), "name"), "six");
}

TEST_P(CaddyWire, AnActiveCheckTakesATargetOutAndBringsItBack) {
  Backend a("a"), b("b");
  a.answer(500);
  auto& app = group("app", {target(a), target(b)});
  app.health_check.enabled = true;
  app.health_check.path = "/up?x=1";
  app.health_check.interval = Duration{std::chrono::milliseconds(100)};
  host("app.test", "app");
  serve();
  const auto who = [&] {
    std::set<std::string> names;
    for (int at = 0; at < 6; ++at) names.insert(said(get("app.test"), "name"));
    return names;
  };
  EXPECT_TRUE(eventually([&] { return who() == std::set<std::string>{"b"}; }));
  a.answer(200);
  EXPECT_TRUE(eventually([&] { return who() == (std::set<std::string>{"a", "b"}); }));
}

TEST_P(CaddyWire, AHealthCheckMayUseAllFieldsOfTheModel) {
  Backend a("a");
  auto& app = group("app", {target(a)});
  app.health_check = {.enabled = true,
                      .path = "/",
                      .method = HealthMethod::head,
                      .expect_status = "200",
                      .interval = Duration{std::chrono::seconds(1)},
                      .timeout = Duration{std::chrono::seconds(1)},
                      .fails = 2,
                      .passes = 3};
  host("app.test", "app");
  serve();
  EXPECT_EQ(said(get("app.test"), "name"), "a");
}

// ---- headers and https targets

TEST_P(CaddyWire, ATargetSeesTheNameThatWasTypedOrItsOwn) {
  Backend backend("a");
  group("keep", {target(backend)});
  group("own", {target(backend)}).preserve_host = false;
  host("keep.test", "keep");
  host("own.test", "own");
  serve();
  EXPECT_EQ(said(get("keep.test:8080"), "host"), "keep.test:8080");
  EXPECT_EQ(said(get("own.test"), "host"), "127.0.0.1:" + std::to_string(backend.port()));
}

TEST_P(CaddyWire, AnHttpsTargetIsVerifiedUnlessToldOtherwise) {
  test::RealCaddy behind(GetParam().path);
  behind.start();
  const auto port = std::to_string(behind.https_port());
  const auto config =
      R"({"admin":{"listen":"unix/)" + behind.endpoint().socket + R"("},"apps":{"http":{"http_port":)" +
      std::to_string(behind.http_port()) + R"(,"https_port":)" + port + R"(,"servers":{"s":{"listen":[":)" + port +
      R"("],"tls_connection_policies":[{"default_sni":"localhost"}],"automatic_https":{"disable_redirects":true},"routes":[{"match":[{"host":["localhost"]}],)"
      R"("handle":[{"handler":"static_response","body":"{http.request.hostport}"}]},{"handle":[{"handler":"static_response","body":)"
      R"("{http.request.hostport}"}]}]}}},"tls":{"automation":{"policies":[{"subjects":["localhost"],"issuers":[{"module":"internal"}]}]}},)"
      R"("pki":{"certificate_authorities":{"local":{"install_trust":false}}}}})";
  ASSERT_EQ(behind.admin("POST", "/load", config).status, 200);
  ASSERT_TRUE(eventually([&] { return ask_tls(behind.https_port(), "localhost").status == 200; }, kCaddysPatience))
      << behind.log();

  desired_.settings.spec.retry_for = Duration{std::chrono::milliseconds(300)};
  const std::vector<Target> targets{{.host = "localhost", .port = behind.https_port(), .weight = 1, .enabled = true}};
  auto& strict = group("strict", targets);
  strict.protocol = Protocol::https;
  auto& lax = group("lax", targets);
  lax.protocol = Protocol::https;
  lax.verify_tls = false;
  auto& own = group("own", targets);
  own.protocol = Protocol::https;
  own.verify_tls = false;
  own.preserve_host = false;
  host("strict.test", "strict");
  host("lax.test", "lax");
  host("own.test", "own");
  serve();
  EXPECT_EQ(get("lax.test").body, "lax.test");
  EXPECT_EQ(get("own.test").body, "localhost:" + port);
  EXPECT_EQ(get("strict.test").status, 502);
}

// ---- ACME

TEST_P(CaddyWire, AutoGetsItsCertificateByTheChallengeChosenAlthoughHttpIsRedirected) {
  const test::Pebble pebble(caddy_.folder(), caddy_.http_port(), caddy_.https_port());
  surroundings_.acme_ca_url = pebble.directory();
  surroundings_.acme_ca_root = pebble.ca();
  host("http.test", "", TlsMode::auto_).tls.challenge = Challenge::http;
  host("alpn.test", "", TlsMode::auto_).tls.challenge = Challenge::tls_alpn;
  host("any.test", "", TlsMode::auto_).tls.email = "me@example.com";
  serve();
  for (const auto* const name : {"http.test", "alpn.test", "any.test"}) {
    EXPECT_TRUE(eventually([&] { return ask_tls(caddy_.https_port(), name).status == 503; }, kCaddysPatience))
        << name << caddy_.log();
    EXPECT_EQ(get(name).status, 308);
  }
}

TEST_P(CaddyWire, EachHostMayHaveACertificateAuthorityOfItsOwn) {
  const test::TempFolder one_folder, two_folder;
  const test::Pebble one(one_folder, caddy_.http_port(), caddy_.https_port());
  const test::Pebble two(two_folder, caddy_.http_port(), caddy_.https_port());
  const auto both = caddy_.folder().write("roots.pem", test::contents(one.ca()) + test::contents(two.ca()));
  surroundings_.acme_ca_root = both;
  host("one.test", "", TlsMode::auto_).tls.acme_ca_url = one.directory();
  host("two.test", "", TlsMode::auto_).tls.acme_ca_url = two.directory();
  serve();
  const auto issuer = [&](const char* name) {
    TlsProbe probe("127.0.0.1:" + std::to_string(caddy_.https_port()));
    const auto shown = test::run(context_, probe.look(name, std::chrono::seconds(5)));
    return shown ? shown->leaf.issuer : shown.error().reason;
  };
  EXPECT_TRUE(eventually([&] { return issuer("one.test").starts_with("Pebble"); }, kCaddysPatience)) << caddy_.log();
  EXPECT_TRUE(eventually([&] { return issuer("two.test").starts_with("Pebble"); }, kCaddysPatience)) << caddy_.log();
  EXPECT_NE(issuer("one.test"), issuer("two.test")) << "each Pebble has an issuer's name of its own";
}

TEST_P(CaddyWire, ANameWithoutACertificateIsShownNone) {
  host("app.test", "", TlsMode::manual);
  host("other.test", "", TlsMode::internal);
  serve();
  TlsProbe probe("127.0.0.1:" + std::to_string(caddy_.https_port()));
  const auto reason = [&](const char* name) {
    const auto shown = test::run(context_, probe.look(name, std::chrono::seconds(5)));
    return shown ? "" : shown.error().reason;
  };
  EXPECT_TRUE(eventually([&] { return reason("other.test").empty(); }));
  EXPECT_EQ(reason("app.test"), "NoCertificate");
}

// ---- logs

TEST_P(CaddyWire, RequestsAreInTheAccessLogAndNothingElseIs) {
  host("app.test", "");
  serve();
  get("app.test", "/find-me");
  std::string access;
  EXPECT_TRUE(eventually([&] {
    access = test::contents(caddy_.folder() / "access.log");
    return access.find("/find-me") != std::string::npos;
  }));
  EXPECT_EQ(access.find("\"logger\":\"admin"), std::string::npos);
  EXPECT_EQ(test::contents(caddy_.folder() / "errors.log").find("http.log.access"), std::string::npos);
  EXPECT_TRUE(std::filesystem::exists(caddy_.folder() / "errors.log"));
  if (abilities_.log_file_mode) {
    EXPECT_EQ(std::filesystem::status(caddy_.folder() / "access.log").permissions(), std::filesystem::perms(0644));
  }
}

}  // namespace
}  // namespace argos
