// SPDX-License-Identifier: Apache-2.0
// The document that argos wants Caddy to run, rule by rule. That Caddy does what the rules mean is shown in
// test/controllers/caddy_wire_test.cpp, against the real thing.
#include "model/caddy_config.hpp"

#include <gmock/gmock.h>

#include "model/canonical_json.hpp"

namespace argos {
namespace {

using boost::json::value;
using testing::ElementsAre;
using testing::HasSubstr;

const CaddyAbilities kOld{};
const CaddyAbilities kNew{
    .stream_close_delay = true, .health_passes_and_fails = true, .health_method = true, .log_file_mode = true};

CaddySurroundings surroundings() {
  CaddySurroundings out;
  out.admin = {{"listen", "localhost:2019"}, {"origins", boost::json::array{"a"}}};
  return out;
}

struct World {
  Desired desired;
  CaddyAbilities abilities = kNew;
  CaddySurroundings around = surroundings();
  std::uint64_t next_seq = 1;

  Object<Host>& host(std::string name, std::string domain, std::string group = "app") {
    Object<Host> host;
    host.meta = {std::move(name), next_seq, next_seq, ManagedBy::apply, "cli"};
    ++next_seq;
    host.spec.domain = std::move(domain);
    host.spec.target_group = std::move(group);
    host.spec.tls.mode = TlsMode::none;
    return desired.hosts.emplace_back(std::move(host));
  }
  Object<Host>& host(std::string name, std::string domain, TlsMode mode) {
    auto& made = host(std::move(name), std::move(domain));
    made.spec.tls.mode = mode;
    return made;
  }
  Object<TargetGroup>& group(std::string name, std::vector<Target> targets = {{.host = "10.0.0.1", .port = 80}}) {
    Object<TargetGroup> group;
    group.meta = {std::move(name), next_seq, next_seq, ManagedBy::apply, "cli"};
    ++next_seq;
    group.spec.targets = std::move(targets);
    return desired.target_groups.emplace_back(std::move(group));
  }
  Rendered render() const { return argos::render(desired, abilities, around); }
};

const Verdict& verdict(const Rendered& rendered, Kind kind, const std::string& name) {
  return rendered.verdicts.at({kind, name});
}

const value& at(const value& from, std::string_view pointer) { return from.at_pointer(pointer); }

// Every `host` list of a server's outer routes, as one list of names a route; the first route, which keeps bodies, apart.
std::vector<std::vector<std::string>> outer_names(const Rendered& rendered, const std::string& server) {
  std::vector<std::vector<std::string>> out;
  for (const auto& route : at(rendered.document, "/apps/http/servers/" + server + "/routes").as_array()) {
    const bool matches = route.as_object().contains("match");
    if (matches && route.at("match").at(0).as_object().contains("header_regexp")) continue;
    auto& names = out.emplace_back();
    if (!matches) continue;
    for (const auto& set : route.at("match").as_array()) {
      for (const auto& name : set.at("host").as_array()) names.emplace_back(name.as_string());
    }
  }
  return out;
}

// The reverse_proxy of the first route of the HTTP server.
value first_proxy(const Rendered& rendered) {
  return at(rendered.document, "/apps/http/servers/http/routes/1/handle").as_array().back();
}

World one_host() {
  World world;
  world.group("app");
  world.host("app", "app.test");
  return world;
}

// ---- the document

TEST(CaddyConfig, TheAdminBlockIsKeptVerbatim) {
  const auto world = one_host();
  EXPECT_EQ(canonical_json(at(world.render().document, "/admin")), canonical_json(world.around.admin));
}

TEST(CaddyConfig, TheSameDesiredStateGivesTheSameBytes) {
  auto world = one_host();
  world.host("b", "b.test", TlsMode::internal);
  world.host("c", "c.test", TlsMode::auto_);
  EXPECT_EQ(boost::json::serialize(world.render().document), boost::json::serialize(world.render().document));
}

TEST(CaddyConfig, NoHostAtAllIsAWholeDocumentThatAnswers404) {
  const auto rendered = World{}.render();
  for (const auto* const server : {"http", "https"}) {
    EXPECT_EQ(at(rendered.document, std::string("/apps/http/servers/") + server + "/routes/1/handle/0/status_code"), 404);
  }
}

TEST(CaddyConfig, PortsAndGracePeriodComeFromTheSurroundingsAndTheSettings) {
  auto world = one_host();
  world.around.http_port = 8080;
  world.around.https_port = 8443;
  world.desired.settings.spec.grace_period = Duration{std::chrono::seconds(90)};
  const auto document = world.render().document;
  EXPECT_EQ(at(document, "/apps/http/http_port"), 8080);
  EXPECT_EQ(at(document, "/apps/http/servers/http/listen/0"), ":8080");
  EXPECT_EQ(at(document, "/apps/http/servers/https/listen/0"), ":8443");
  EXPECT_EQ(at(document, "/apps/http/grace_period"), "1m30s");
}

TEST(CaddyConfig, TheHttpsServerNeverSpeaksPlainHttpAndMakesNoRedirectsOfItsOwn) {
  const auto document = one_host().render().document;
  EXPECT_EQ(at(document, "/apps/http/servers/https/tls_connection_policies"), (boost::json::array{boost::json::object{}}));
  EXPECT_EQ(at(document, "/apps/http/servers/https/automatic_https/disable_redirects"), true);
}

TEST(CaddyConfig, AccessAndEverythingElseGoToTheirFilesAndRoll) {
  const auto document = one_host().render().document;
  const auto& logs = at(document, "/logging/logs");
  EXPECT_EQ(canonical_json(at(logs, "/default")), R"({"exclude":["http.log.access"]})");
  EXPECT_EQ(
      canonical_json(at(logs, "/access/writer")),
      R"({"filename":"/var/log/caddy/access.log","mode":"0644","output":"file","roll_keep":5,"roll_keep_days":7,"roll_size_mb":100})");
  EXPECT_EQ(canonical_json(at(logs, "/errors/exclude")), R"(["http.log.access"])");
  EXPECT_EQ(at(logs, "/errors/level"), "INFO");
}

TEST(CaddyConfig, ACaddyThatKnowsNoLogFileModeIsNotToldOne) {
  auto world = one_host();
  world.abilities = kOld;
  EXPECT_FALSE(at(world.render().document, "/logging/logs/access/writer").as_object().contains("mode"));
}

// ---- hosts and their routes

using Names = std::vector<std::string>;

TEST(CaddyConfig, NoneIsProxiedOnHttpAndIsNotOnHttps) {
  const auto rendered = one_host().render();
  EXPECT_EQ(outer_names(rendered, "http"), (std::vector<Names>{{"app.test"}, {}}));
  EXPECT_EQ(outer_names(rendered, "https"), (std::vector<Names>{{}}));
  EXPECT_EQ(first_proxy(rendered).at("handler"), "reverse_proxy");
}

TEST(CaddyConfig, AllOtherModesAreRedirectedOnHttpAndProxiedOnHttps) {
  for (const auto mode : {TlsMode::auto_, TlsMode::manual, TlsMode::internal}) {
    World world;
    world.group("app");
    world.host("app", "app.test", mode);
    const auto rendered = world.render();
    EXPECT_EQ(outer_names(rendered, "https"), (std::vector<Names>{{"app.test"}, {}}));
    const auto& answer = at(rendered.document, "/apps/http/servers/http/routes/1/handle/0");
    EXPECT_EQ(answer.at("status_code"), 308);
    EXPECT_EQ(at(answer, "/headers/Location/0"), "https://{http.request.host}{http.request.uri}");
  }
}

TEST(CaddyConfig, ARedirectNamesThePortWhereItIsNot443) {
  World world;
  world.group("app");
  world.host("app", "app.test", TlsMode::internal);
  world.around.https_port = 8443;
  EXPECT_EQ(at(world.render().document, "/apps/http/servers/http/routes/1/handle/0/headers/Location/0"),
            "https://{http.request.host}:8443{http.request.uri}");
}

TEST(CaddyConfig, NamesAreWrittenAsDnsSeesThemAndEachOnce) {
  auto world = one_host();
  world.desired.hosts[0].spec.domain = "BÜcher.test";
  world.desired.hosts[0].spec.aliases = {"xn--bcher-kva.test", "B.test"};
  EXPECT_EQ(outer_names(world.render(), "http")[0], (Names{"xn--bcher-kva.test", "b.test"}));
}

TEST(CaddyConfig, ExactNamesComeBeforeWildcardsAndLongerWildcardsBeforeShorterOnes) {
  World world;
  world.group("app");
  world.host("a", "*.test");
  world.host("b", "*.long.test");
  world.host("c", "app.test").spec.aliases = {"*.app.test"};
  EXPECT_EQ(outer_names(world.render(), "http"),
            (std::vector<Names>{{"app.test"}, {"*.long.test"}, {"*.app.test"}, {"*.test"}, {}}));
}

TEST(CaddyConfig, ManyHostsArePutIntoBucketsOfAtMostAHundredNames) {
  World world;
  world.group("app");
  for (int at = 0; at < 250; ++at) world.host("h" + std::to_string(1000 + at), "h" + std::to_string(at) + ".test");
  const auto rendered = world.render();
  const auto names = outer_names(rendered, "http");
  ASSERT_EQ(names.size(), 4U);
  EXPECT_EQ(names[0].size(), 100U);
  EXPECT_EQ(names[2].size(), 50U);
  EXPECT_EQ(at(rendered.document, "/apps/http/servers/http/routes/1/handle/0/routes").as_array().size(), 100U);
}

TEST(CaddyConfig, NoListOfNamesIsLongerThanAHundred) {
  World world;
  world.group("app");
  for (int at = 0; at < 250; ++at)
    world.host("h" + std::to_string(1000 + at), "h" + std::to_string(at) + ".test", TlsMode::internal);
  const auto document = world.render().document;
  for (const auto& set : at(document, "/apps/http/servers/http/routes/1/match").as_array()) {
    EXPECT_LE(set.at("host").as_array().size(), 100U);
  }
}

TEST(CaddyConfig, RawHandlersComeBeforeTheProxy) {
  auto world = one_host();
  world.desired.hosts[0].spec.caddy_handlers = {boost::json::object{{"handler", "headers"}}};
  const auto document = world.render().document;
  const auto& handle = at(document, "/apps/http/servers/http/routes/1/handle").as_array();
  EXPECT_EQ(handle.front().at("handler"), "headers");
  EXPECT_EQ(handle.back().at("handler"), "reverse_proxy");
}

TEST(CaddyConfig, AHostOfRawHandlersAloneNeedsNoTargetGroup) {
  World world;
  auto& host = world.host("app", "app.test", "");
  host.spec.caddy_handlers = {boost::json::object{{"handler", "file_server"}}};
  EXPECT_EQ(verdict(world.render(), Kind::host, "app").accepted.reason, "Accepted");
}

// ---- decisions

struct HostCase {
  const char* what;
  void (*change)(World&);
  Status accepted;
  const char* reason;
  bool served;
};

class HostDecision : public testing::TestWithParam<HostCase> {};

TEST_P(HostDecision, IsAsTheTableSays) {
  auto world = one_host();
  GetParam().change(world);
  const auto rendered = world.render();
  const auto& found = verdict(rendered, Kind::host, "app");
  EXPECT_EQ(found.accepted.reason, GetParam().reason);
  EXPECT_EQ(found.accepted.status, GetParam().accepted) << found.accepted.message;
  EXPECT_EQ(found.accepted.observed_generation, world.desired.hosts[0].meta.generation);
  EXPECT_EQ(!found.piece.empty(), GetParam().served);
}

INSTANTIATE_TEST_SUITE_P(
    CaddyConfig, HostDecision,
    testing::Values(
        HostCase{"Sound", [](World&) {}, Status::yes, "Accepted", true},
        HostCase{"Disabled", [](World& w) { w.desired.hosts[0].spec.enabled = false; }, Status::yes, "Disabled", false},
        HostCase{"RowMakesNoSense",
                 [](World& w) {
                   w.desired.hosts[0].errors.push_back({"spec.domain", "Invalid", "no", ""});
                 },
                 Status::no, "Invalid", false},
        HostCase{"DomainIsNone", [](World& w) { w.desired.hosts[0].spec.domain = "a b"; }, Status::no, "Invalid", false},
        HostCase{"AliasIsNone",
                 [](World& w) {
                   w.desired.hosts[0].spec.aliases = {"ok.test", ".."};
                 },
                 Status::no, "Invalid", false},
        HostCase{"GroupIsMissing", [](World& w) { w.desired.hosts[0].spec.target_group = "gone"; }, Status::no,
                 "TargetGroupNotFound", true},
        HostCase{"GroupMakesNoSense",
                 [](World& w) {
                   w.desired.target_groups[0].errors.push_back({"spec.targets[0].port", "OutOfRange", "no", ""});
                 },
                 Status::no, "TargetGroupInvalid", true},
        HostCase{"NoTargetIsEnabled", [](World& w) { w.desired.target_groups[0].spec.targets[0].enabled = false; }, Status::yes,
                 "NoUsableTarget", true},
        HostCase{"ManualCertificate", [](World& w) { w.desired.hosts[0].spec.tls.mode = TlsMode::manual; }, Status::no,
                 "CertificateNotFound", true}),
    [](const auto& host_case) { return std::string(host_case.param.what); });

TEST(CaddyConfig, TheOlderHostKeepsADomainAndTheLaterIsNotServedAtAll) {
  World world;
  world.group("app");
  world.host("later", "shared.test").spec.aliases = {"free.test"};
  world.host("older", "other.test").spec.aliases = {"SHARED.test"};
  world.desired.hosts[0].meta.created = 20;
  world.desired.hosts[1].meta.created = 10;
  const auto rendered = world.render();
  EXPECT_EQ(verdict(rendered, Kind::host, "older").accepted.reason, "Accepted");
  const auto& later = verdict(rendered, Kind::host, "later");
  EXPECT_EQ(later.accepted.reason, "DomainTaken");
  EXPECT_THAT(later.accepted.message, HasSubstr("host/older"));
  EXPECT_EQ(later.piece, "");
  EXPECT_EQ(outer_names(rendered, "http"), (std::vector<Names>{{"other.test", "shared.test"}, {}}));
}

TEST(CaddyConfig, ADisabledOrBrokenHostHoldsNoDomain) {
  World world;
  world.group("app");
  world.host("first", "shared.test").spec.enabled = false;
  world.host("second", "shared.test").errors.push_back({"spec", "Invalid", "no", ""});
  world.host("third", "shared.test");
  EXPECT_EQ(verdict(world.render(), Kind::host, "third").accepted.reason, "Accepted");
}

TEST(CaddyConfig, AHostWithoutUsableTargetAnswers503WithRetryAfter) {
  auto world = one_host();
  world.desired.target_groups[0].spec.targets.clear();
  const auto document = world.render().document;
  const auto& answer = at(document, "/apps/http/servers/http/routes/1/handle/0");
  EXPECT_EQ(answer.at("status_code"), 503);
  EXPECT_TRUE(at(answer, "/headers").as_object().contains("Retry-After"));
}

TEST(CaddyConfig, SettingsThatMakeNoSenseAreNotAcceptedAndTheDefaultsHold) {
  auto world = one_host();
  world.desired.settings.spec.grace_period = Duration{std::chrono::hours(5)};
  world.desired.settings.errors.push_back({"spec.gracePeriod", "OutOfRange", "no", ""});
  const auto rendered = world.render();
  EXPECT_EQ(verdict(rendered, Kind::settings, "default").accepted.reason, "Invalid");
  EXPECT_EQ(at(rendered.document, "/apps/http/grace_period"), "10s");
}

// ---- target groups

Names dials(const value& proxy) {
  Names out;
  for (const auto& upstream : proxy.at("upstreams").as_array()) out.emplace_back(upstream.at("dial").as_string());
  return out;
}

World with_targets(std::vector<Target> targets) {
  World world;
  world.group("app", std::move(targets));
  world.host("app", "app.test");
  return world;
}

TEST(CaddyConfig, Ipv6TargetsAreDialledInBracketsAndDisabledOnesNotAtAll) {
  const auto world = with_targets({{.host = "::1", .port = 80}, {.host = "b.lan", .port = 81, .weight = 1, .enabled = false}});
  EXPECT_THAT(dials(first_proxy(world.render())), ElementsAre("[::1]:80"));
}

TEST(CaddyConfig, WeightsAreRepeatedUpstreamsInLowestTermsAndSpreadEvenly) {
  const auto world = with_targets({{.host = "a", .port = 1, .weight = 50}, {.host = "b", .port = 1, .weight = 25}});
  EXPECT_THAT(dials(first_proxy(world.render())), ElementsAre("a:1", "b:1", "a:1"));
}

TEST(CaddyConfig, ExtremeWeightsDoNotMakeEndlessLists) {
  std::vector<Target> targets;
  for (int at = 0; at < 100; ++at) targets.push_back({.host = "t" + std::to_string(at), .port = 1, .weight = 1 + at});
  EXPECT_LE(dials(first_proxy(with_targets(targets).render())).size(), 400U);
}

TEST(CaddyConfig, OneTargetIsNeverTakenOutOfTurn) {
  EXPECT_FALSE(first_proxy(one_host().render()).as_object().contains("health_checks"));
}

TEST(CaddyConfig, SeveralTargetsAreTakenOutOfTurnForLessThanARequestLooksOn) {
  const auto world = with_targets({{.host = "a", .port = 1}, {.host = "b", .port = 1}});
  const auto proxy = first_proxy(world.render());
  EXPECT_EQ(at(proxy, "/health_checks/passive/max_fails"), 1);
  EXPECT_EQ(at(proxy, "/health_checks/passive/fail_duration"), "3s");
  EXPECT_EQ(at(proxy, "/load_balancing/try_duration"), "5s");
  EXPECT_EQ(at(proxy, "/transport/dial_timeout"), "2s");
}

TEST(CaddyConfig, OnlyGetAndHeadAreAskedAgainOnceATargetHasThem) {
  const auto proxy = first_proxy(one_host().render());
  EXPECT_EQ(at(proxy, "/load_balancing/retry_match/0/method"), (boost::json::array{"GET", "HEAD"}));
}

TEST(CaddyConfig, SmallBodiesAreKeptForASecondTryAheadOfAllSites) {
  const auto document = one_host().render().document;
  for (const auto* const server : {"http", "https"}) {
    EXPECT_EQ(at(document, std::string("/apps/http/servers/") + server + "/routes/0/handle/0/argos_body"),
              "{http.request.body}");
  }
}

TEST(CaddyConfig, RetryForZeroMeansOneTryAndNoBodyIsKept) {
  auto world = one_host();
  world.desired.settings.spec.retry_for = Duration{};
  const auto document = world.render().document;
  const auto& route = at(document, "/apps/http/servers/http/routes/0");
  EXPECT_EQ(at(route, "/match/0/host/0"), "app.test");
  EXPECT_FALSE(at(route, "/handle/0/load_balancing").as_object().contains("try_duration"));
}

TEST(CaddyConfig, TheHostHeaderIsSaidEitherWay) {
  auto world = one_host();
  EXPECT_EQ(at(first_proxy(world.render()), "/headers/request/set/Host/0"), "{http.request.hostport}");
  world.desired.target_groups[0].spec.preserve_host = false;
  EXPECT_EQ(at(first_proxy(world.render()), "/headers/request/set/Host/0"), "{http.reverse_proxy.upstream.hostport}");
}

TEST(CaddyConfig, HttpsTargetsAreVerifiedUnlessToldOtherwise) {
  auto world = one_host();
  world.desired.target_groups[0].spec.protocol = Protocol::https;
  EXPECT_EQ(canonical_json(at(first_proxy(world.render()), "/transport")), R"({"protocol":"http","tls":{}})");
  world.desired.target_groups[0].spec.verify_tls = false;
  EXPECT_EQ(at(first_proxy(world.render()), "/transport/tls/insecure_skip_verify"), true);
}

World with_health_check() {
  auto world = one_host();
  auto& check = world.desired.target_groups[0].spec.health_check;
  check.enabled = true;
  check.path = "/up?x=1";
  check.method = HealthMethod::head;
  check.expect_status = "2xx";
  check.fails = 3;
  check.passes = 2;
  return world;
}

TEST(CaddyConfig, HealthChecksSayAllTheyCanWhereCaddyKnowsIt) {
  const auto rendered = with_health_check().render();
  EXPECT_EQ(canonical_json(at(first_proxy(rendered), "/health_checks/active")),
            R"({"expect_status":2,"fails":3,"interval":"30s","method":"HEAD","passes":2,"timeout":"5s","uri":"/up?x=1"})");
  EXPECT_FALSE(verdict(rendered, Kind::target_group, "app").supported);
}

TEST(CaddyConfig, WhatCaddyDoesNotKnowOfAHealthCheckIsLeftOutAndSaid) {
  auto world = with_health_check();
  world.abilities = kOld;
  const auto rendered = world.render();
  EXPECT_EQ(canonical_json(at(first_proxy(rendered), "/health_checks/active")),
            R"({"expect_status":2,"interval":"30s","timeout":"5s","uri":"/up?x=1"})");
  const auto& supported = verdict(rendered, Kind::target_group, "app").supported;
  ASSERT_TRUE(supported);
  EXPECT_EQ(supported->reason, "NotInThisCaddy");
  EXPECT_THAT(supported->message, HasSubstr("GET"));
  EXPECT_EQ(verdict(rendered, Kind::target_group, "app").accepted.status, Status::yes);
}

TEST(CaddyConfig, StreamCloseDelayIsRenderedWhereKnownAndAConditionElsewhere) {
  auto world = one_host();
  EXPECT_EQ(at(first_proxy(world.render()), "/stream_close_delay"), "5m");
  world.abilities = kOld;
  const auto rendered = world.render();
  EXPECT_FALSE(first_proxy(rendered).as_object().contains("stream_close_delay"));
  EXPECT_EQ(verdict(rendered, Kind::settings, "default").supported->reason, "NotInThisCaddy");
}

// ---- certificates

const value& policies(const Rendered& rendered) { return at(rendered.document, "/apps/tls/automation/policies"); }

TEST(CaddyConfig, NoneAsksForNoCertificate) {
  const auto rendered = one_host().render();
  EXPECT_FALSE(at(rendered.document, "/apps").as_object().contains("tls"));
  EXPECT_FALSE(at(rendered.document, "/apps").as_object().contains("pki"));
}

TEST(CaddyConfig, InternalUsesCaddysOwnCaWhoseRootStaysOutOfTheSystemsTrust) {
  World world;
  world.host("app", "app.test", TlsMode::internal);
  const auto rendered = world.render();
  EXPECT_EQ(canonical_json(policies(rendered)), R"([{"issuers":[{"module":"internal"}],"subjects":["app.test"]}])");
  EXPECT_EQ(at(rendered.document, "/apps/pki/certificate_authorities/local/install_trust"), false);
}

TEST(CaddyConfig, AutoSharesAPolicyWithHostsOfTheSameAccountCaAndChallenge) {
  World world;
  world.host("a", "a.example.com", TlsMode::auto_).spec.tls.email = "x@example.com";
  world.host("b", "b.example.com", TlsMode::auto_).spec.tls.email = "x@example.com";
  world.host("c", "c.example.com", TlsMode::auto_).spec.tls.challenge = Challenge::http;
  world.desired.settings.spec.acme_email = "me@example.com";
  EXPECT_EQ(canonical_json(policies(world.render())),
            R"([{"issuers":[{"challenges":{"tls-alpn":{"disabled":true}},"email":"me@example.com","module":"acme"}],)"
            R"("subjects":["c.example.com"]},)"
            R"({"issuers":[{"email":"x@example.com","module":"acme"}],"subjects":["a.example.com","b.example.com"]}])");
}

TEST(CaddyConfig, TheSurroundingsAcmeDirectoryIsOverEveryHostsOwn) {
  World world;
  world.host("a", "a.test", TlsMode::auto_).spec.tls.acme_ca_url = "https://own/dir";
  EXPECT_EQ(at(policies(world.render()), "/0/issuers/0/ca"), "https://own/dir");
  world.around.acme_ca_url = "https://pebble/dir";
  world.around.acme_ca_root = "/ca.pem";
  const auto rendered = world.render();
  EXPECT_EQ(at(policies(rendered), "/0/issuers/0/ca"), "https://pebble/dir");
  EXPECT_EQ(at(policies(rendered), "/0/issuers/0/trusted_roots_pem_files/0"), "/ca.pem");
}

TEST(CaddyConfig, AutoForALocalNameIsCaddysOwnCaUnlessThereIsAnAcmeDirectory) {
  World world;
  world.host("a", "panel.localhost", TlsMode::auto_);
  EXPECT_EQ(at(policies(world.render()), "/0/issuers/0/module"), "internal");
  world.around.acme_ca_url = "https://pebble/dir";
  EXPECT_EQ(at(policies(world.render()), "/0/issuers/0/module"), "acme");
}

TEST(CaddyConfig, NobodyIsAskedForAManualHostsCertificate) {
  World world;
  world.host("a", "a.test", TlsMode::manual);
  const auto rendered = world.render();
  EXPECT_FALSE(at(rendered.document, "/apps").as_object().contains("tls"));
  EXPECT_EQ(canonical_json(at(rendered.document, "/apps/http/servers/https/automatic_https/skip_certificates")),
            R"(["a.test"])");
}

TEST(CaddyConfig, WhatTakesTheDnsChallengeIsNotAskedForAndSaid) {
  World world;
  world.host("a", "*.example.com", TlsMode::auto_);
  world.host("b", "b.example.com", TlsMode::auto_).spec.tls.challenge = Challenge::dns;
  const auto rendered = world.render();
  EXPECT_EQ(canonical_json(at(rendered.document, "/apps/http/servers/https/automatic_https/skip_certificates")),
            R"(["*.example.com","b.example.com"])");
  EXPECT_EQ(verdict(rendered, Kind::host, "a").supported->reason, "NotInThisCaddy");
  EXPECT_EQ(verdict(rendered, Kind::host, "b").supported->reason, "NotInThisCaddy");
}

TEST(CaddyConfig, ANameBelowAWildcardGetsItsOwnCertificate) {
  World world;
  world.host("a", "*.example.com", TlsMode::internal);
  world.host("b", "b.example.com", TlsMode::auto_);
  const auto rendered = world.render();
  EXPECT_EQ(canonical_json(at(rendered.document, "/apps/tls/certificates/automate")), R"(["b.example.com"])");
  EXPECT_EQ(canonical_json(at(rendered.document, "/apps/http/servers/https/automatic_https/skip_certificates")),
            R"(["b.example.com"])")
      << "else Caddy asks for it twice at once";
  EXPECT_EQ(at(policies(rendered), "/0/subjects/0"), "b.example.com");
  EXPECT_EQ(at(policies(rendered), "/1/subjects/0"), "*.example.com");
}

// ---- pieces

TEST(CaddyConfig, AChangedTargetGroupChangesThePieceOfItsHostsAndOfNoOther) {
  auto world = one_host();
  world.group("other");
  world.host("b", "b.test", "other");
  const auto before = world.render();
  world.desired.target_groups[0].spec.targets[0].port = 81;
  const auto after = world.render();
  EXPECT_NE(verdict(before, Kind::host, "app").piece, verdict(after, Kind::host, "app").piece);
  EXPECT_NE(verdict(before, Kind::target_group, "app").piece, verdict(after, Kind::target_group, "app").piece);
  EXPECT_EQ(verdict(before, Kind::host, "b").piece, verdict(after, Kind::host, "b").piece);
  EXPECT_EQ(verdict(before, Kind::settings, "default").piece, verdict(after, Kind::settings, "default").piece);
}

TEST(CaddyConfig, ATargetGroupWithoutHostIsNotInTheDocument) {
  World world;
  world.group("app");
  EXPECT_EQ(verdict(world.render(), Kind::target_group, "app").piece, "");
}

// ---- canonical JSON

TEST(CanonicalJson, EqualValuesAreEqualTexts) {
  const auto canonical = [](const char* text) { return canonical_json(boost::json::parse(text)); };
  EXPECT_EQ(canonical(R"({"b":1.0,"a":[1e2,-0.0,"é<"]})"), canonical(R"( {"a" : [100, 0, "\u00e9\u003c"], "b":1} )"));
  EXPECT_EQ(canonical("9007199254740993"), canonical("9007199254740992"));
  EXPECT_NE(canonical("1"), canonical("1.5"));
  EXPECT_NE(canonical("[1,2]"), canonical("[2,1]"));
}

TEST(CanonicalJson, Fnv1aIsThePublishedFunction) {
  EXPECT_EQ(fnv1a_hex(""), "cbf29ce484222325");
  EXPECT_EQ(fnv1a_hex("foobar"), "85944171f73967e8");
}

// ---- CrowdSec

TEST(RenderCrowdSec, TheBouncerStandsBeforeEverythingElseOnBothServers) {
  World world;
  world.group("app");
  world.host("a", "a.example.com");
  world.host("b", "b.example.com", TlsMode::internal);
  world.abilities.crowdsec = true;
  world.around.crowdsec_lapi_url = "http://crowdsec:8080";
  const auto rendered = world.render();
  for (const auto* const server : {"http", "https"}) {
    const auto& first = at(rendered.document, std::string("/apps/http/servers/") + server + "/routes/0");
    EXPECT_EQ(first, (value{{"handle", boost::json::array{{{"handler", "crowdsec"}}}}})) << server;
  }
  const auto& app = at(rendered.document, "/apps/crowdsec");
  EXPECT_EQ(app.at("api_url"), "http://crowdsec:8080/");
  EXPECT_EQ(app.at("api_key"), "{env.CROWDSEC_BOUNCER_API_KEY}") << "the key itself is in no configuration";
  EXPECT_EQ(app.at("enable_hard_fails"), false) << "without CrowdSec everybody is let in";
}

TEST(RenderCrowdSec, ThereIsNoBouncerInACaddyWithoutTheModuleNorWithoutCrowdSec) {
  World world;
  world.group("app");
  world.host("a", "a.example.com");
  world.around.crowdsec_lapi_url = "http://crowdsec:8080";
  EXPECT_THAT(canonical_json(world.render().document), testing::Not(HasSubstr("crowdsec")));
  world.abilities.crowdsec = true;
  world.around.crowdsec_lapi_url.clear();
  EXPECT_THAT(canonical_json(world.render().document), testing::Not(HasSubstr("crowdsec")));
}

TEST(RenderCrowdSec, AppSecComesAfterTheBouncerWhereThisCaddyHasItAndItIsWanted) {
  World world;
  world.group("app");
  world.host("a", "a.example.com");
  world.abilities.crowdsec = true;
  world.around.crowdsec_lapi_url = "http://crowdsec:8080";
  world.around.crowdsec_appsec_url = "http://crowdsec:7422";
  EXPECT_THAT(canonical_json(world.render().document), testing::Not(HasSubstr("appsec"))) << "this Caddy has none";
  world.abilities.appsec = true;
  const auto rendered = world.render();
  for (const auto* const server : {"http", "https"}) {
    const auto& first = at(rendered.document, std::string("/apps/http/servers/") + server + "/routes/0");
    EXPECT_EQ(first, (value{{"handle", boost::json::array{{{"handler", "crowdsec"}}, {{"handler", "appsec"}}}}})) << server;
  }
  const auto& app = at(rendered.document, "/apps/crowdsec");
  EXPECT_EQ(app.at("appsec_url"), "http://crowdsec:7422");
  EXPECT_EQ(app.at("appsec_fail_open"), true) << "without AppSec everybody is let in";
  world.around.crowdsec_appsec_url.clear();
  EXPECT_THAT(canonical_json(world.render().document), testing::Not(HasSubstr("appsec"))) << "nobody wants it";
}

TEST(RenderCrowdSec, TheBouncerMakesNoObjectAnother) {
  World world;
  world.group("app");
  world.host("a", "a.example.com");
  const auto before = verdict(world.render(), Kind::host, "a").piece;
  world.abilities.crowdsec = true;
  world.around.crowdsec_lapi_url = "http://crowdsec:8080";
  EXPECT_EQ(verdict(world.render(), Kind::host, "a").piece, before);
}

}  // namespace
}  // namespace argos
