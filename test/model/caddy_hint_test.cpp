// SPDX-License-Identifier: Apache-2.0
// The words are those of Caddy 2.6.2 and 2.11.4, as they came.
#include "model/caddy_hint.hpp"

#include <gtest/gtest.h>

#include "model/caddy_places.hpp"

namespace argos {
namespace {

struct Said {
  const char* what;
  const char* message;
  const char* path;
  const char* words;
};

class CaddyComplaint : public testing::TestWithParam<Said> {};

TEST_P(CaddyComplaint, NamesAPlace) {
  const auto found = complaint_of(GetParam().message);
  EXPECT_EQ(found.path, GetParam().path);
  EXPECT_EQ(found.words, GetParam().words);
}

INSTANTIATE_TEST_SUITE_P(
    Caddy, CaddyComplaint,
    testing::Values(
        Said{"FlatRoute",
             "loading new config: loading http app module: provision http: server https: setting up route handlers: route 12: "
             "loading "
             "handler modules: position 0: loading module 'nope': unknown module: http.handlers.nope",
             "/apps/http/servers/https/routes/12/handle/0", "unknown module: http.handlers.nope"},
        Said{"RouteInABucket",
             "loading config: loading new config: loading http app module: provision http: server http: setting up route "
             "handlers: route "
             "1: loading handler modules: position 0: loading module 'subroute': provision http.handlers.subroute: setting up "
             "subroutes: "
             "route 7: loading handler modules: position 1: loading module 'static_response': decoding module config: "
             "http.handlers.static_response: json: unknown field \"bodyy\"",
             "/apps/http/servers/http/routes/1/handle/0/routes/7/handle/1",
             "http.handlers.static_response: json: unknown field \"bodyy\""},
        Said{"MatcherOfASubroute",
             "loading new config: loading http app module: provision http: server http: setting up route handlers: route 0: "
             "loading handler "
             "modules: position 0: loading module 'subroute': provision http.handlers.subroute: setting up subroutes: route 0: "
             "loading "
             "matcher modules: module name 'nope': unknown module: http.matchers.nope",
             "/apps/http/servers/http/routes/0/handle/0/routes/0",
             "loading matcher modules: module name 'nope': unknown module: http.matchers.nope"},
        Said{"NotAHandler",
             "loading new config: loading http app module: provision http: server http: setting up route handlers: route 1: "
             "loading handler "
             "modules: position 0: module name not specified with key 'handler' in map[password:secret]",
             "/apps/http/servers/http/routes/1/handle/0", "module name not specified with key 'handler'"},
        Said{"Policy",
             "loading new config: loading http app module: provision http: getting tls app: loading tls app module: provision "
             "tls: "
             "provisioning automation policy 1: loading TLS automation management module: position 0: loading module 'acme': "
             "provision "
             "tls.issuance.acme: loading trusted root CA's PEM file: /nope.pem: open /nope.pem: no such file or directory",
             "/apps/tls/automation/policies/1",
             "loading module 'acme': provision tls.issuance.acme: loading trusted root CA's PEM file: /nope.pem: open "
             "/nope.pem: no such "
             "file or directory"},
        Said{"ErrorRoute",
             "loading new config: loading http app module: provision http: server https: setting up server error handling "
             "routes: route 0: "
             "loading handler modules: position 0: loading module 'nope': unknown module: http.handlers.nope",
             "/apps/http/servers/https/errors/routes/0/handle/0", "unknown module: http.handlers.nope"},
        Said{"Port",
             "loading new config: http app module: start: listening on :27981: listen tcp :27981: bind: address already in use",
             "", "start: listening on :27981: listen tcp :27981: bind: address already in use"},
        Said{"Nothing", "", "", ""}, Said{"Noise", "servers: route 1", "", "servers: route 1"},
        Said{"HugeNumber", "server x: setting up route handlers: route 99999999999999999999999: y",
             "/apps/http/servers/x/routes/99999999999999999999999", "y"}),
    [](const auto& said) { return std::string(said.param.what); });

// Hosts a and b answer by themselves, c and d through group g; all over plain HTTP, save d.
Desired some() {
  Desired desired;
  for (const auto* const name : {"a", "b", "c", "d"}) {
    Object<Host> host;
    host.meta.name = name;
    host.meta.created = static_cast<std::uint64_t>(name[0]);
    host.spec.domain = std::string(name) + ".test";
    host.spec.tls.mode = TlsMode::none;
    host.spec.caddy_handlers.push_back({{"handler", "headers"}, {"of", name[0] < 'c' ? "both" : name}});
    if (name[0] >= 'c') host.spec.target_group = "g";
    desired.hosts.push_back(host);
  }
  desired.hosts.back().spec.tls.mode = TlsMode::auto_;
  Object<TargetGroup> group;
  group.meta.name = "g";
  group.spec.targets.push_back({.host = "127.0.0.1", .port = 1});
  desired.target_groups.push_back(group);
  return desired;
}

std::string text(const CaddyHint& hint) {
  std::string out = hint.all_of_them ? "all:" : "among:";
  for (const auto& key : hint.suspects) out += " " + to_string(key);
  return out;
}

CaddyHint hint_at(const std::string& name, int position) {
  const auto desired = some();
  const auto document = render(desired, {}, {}).document;
  const auto place = places_of(document, {name}).front();
  const auto steps = pointer_steps(place);
  return hint_of("loading new config: loading http app module: provision http: server " + steps[3] +
                     ": setting up route handlers: route " + steps[5] + ": loading handler modules: position " +
                     std::to_string(position) + ": loading module 'x': it is bad",
                 desired, document);
}

TEST(CaddyHint, AHandlerPointsAtItsHostAndAtThoseWithTheVerySameHandler) {
  EXPECT_EQ(text(hint_at("a.test", 0)), "all: host/a host/b");
  EXPECT_EQ(text(hint_at("c.test", 0)), "all: host/c");
  EXPECT_EQ(hint_at("c.test", 0).words, "caddyHandlers[0]: it is bad");
}

TEST(CaddyHint, TheProxyPointsAtTheTargetGroup) { EXPECT_EQ(text(hint_at("c.test", 1)), "all: targetgroup/g"); }

TEST(CaddyHint, APolicyPointsAtTheHostsThatItIsFor) {
  const auto desired = some();
  const auto document = render(desired, {}, {}).document;
  const auto hint =
      hint_of("loading tls app module: provision tls: provisioning automation policy 0: it is bad", desired, document);
  EXPECT_EQ(text(hint), "all: host/d");
}

TEST(CaddyHint, APlaceThatIsNobodysOrNowherePointsAtNobody) {
  const auto desired = some();
  const auto document = render(desired, {}, {}).document;
  for (const auto* const message : {"server https: setting up server error handling routes: route 0: x",
                                    "start: listening on :80: in use", "server nope: setting up route handlers: route 3: x",
                                    "server https: setting up route handlers: route 99999999999999999999: x"}) {
    EXPECT_TRUE(hint_of(message, desired, document).suspects.empty()) << message;
  }
}

TEST(CaddyPlaces, PointersAreEscapedAndComeBack) {
  const std::vector<std::string> steps{"apps", "a/b", "c~d", "~1", "", "0"};
  EXPECT_EQ(pointer_of(steps), "/apps/a~1b/c~0d/~01//0");
  EXPECT_EQ(pointer_steps(pointer_of(steps)), steps);
  EXPECT_TRUE(pointer_steps("").empty());
}

TEST(CaddyPlaces, AHostsPlacesAreItsRoutesAndPoliciesAndAreFoundByName) {
  const auto desired = some();
  auto document = render(desired, {}, {}).document;
  const auto places = places_of(document, {"d.test"});
  ASSERT_EQ(places.size(), 3U) << "its route to HTTPS, its route there, its policy";
  for (const auto& place : places) EXPECT_EQ(owner_of(document, place + "/handle/0").names, std::vector<std::string>{"d.test"});
  EXPECT_NE(find_route(document, "https", "d.test"), nullptr);
  EXPECT_EQ(find_route(document, "https", "a.test"), nullptr);
  EXPECT_TRUE(names_in(document).contains("a.test"));
  EXPECT_TRUE(names_in(boost::json::value()).empty());
}

}  // namespace
}  // namespace argos
