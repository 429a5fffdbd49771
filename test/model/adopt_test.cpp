// SPDX-License-Identifier: Apache-2.0
#include "model/adopt.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "model/caddy_config.hpp"
#include "model/differences.hpp"

namespace argos {
namespace {

using boost::json::value;

// A host and its group as they are rendered, and what somebody makes of that document.
struct AdoptTest : testing::Test {
  Object<Host> host;
  Object<TargetGroup> group;

  AdoptTest() {
    host.meta.name = group.meta.name = host.spec.target_group = "app";
    host.spec.domain = "app.test";
    host.spec.tls.mode = TlsMode::internal;
    group.spec.targets = {{"10.0.20.11", 6875, 1, true}, {"::1", 80, 1, false}, {"10.0.20.12", 6875, 1, true}};
    group.spec.health_check.enabled = true;
    group.spec.health_check.path = "/healthz";
  }
  value render_it() const {
    Desired desired;
    desired.hosts = {host};
    desired.target_groups = {group};
    return render(desired, {}, {}).document;
  }
  // Changed at that place within the host's route; null: taken away.
  Result<Adoption> changed(const std::string& within, const value& found) const {
    const std::string route = "/apps/http/servers/https/routes/1";
    const value wanted = render_it();
    value now = wanted;
    if (found.is_null()) {
      auto& routes = now.at_pointer("/apps/http/servers/https/routes").as_array();
      routes.erase(routes.begin() + 1);
    } else {
      now.at_pointer(route + within) = found;
    }
    const auto all = differences(wanted, now, 20);
    if (all.size() != 1) return Error{"Test", std::to_string(all.size()) + " differences", "", Retry::never};
    const auto& one = all.front();
    return adopt(one.path, one.wanted == nullptr ? value() : *one.wanted, one.found == nullptr ? value() : *one.found, host,
                 &group, {});
  }
};

TEST_F(AdoptTest, WhatSomebodyChangedIsTheFieldThatSaysIt) {
  struct Case {
    std::string within;
    value found;
    std::string field;
    value wanted, kept;
  };
  const std::string handler = "/handle/0";
  const std::vector<Case> cases{
      {handler + "/upstreams/0/dial", "10.0.20.11:6876", "targets[0].port", 6875, 6876},
      {handler + "/upstreams/1/dial", "10.0.20.13:6875", "targets[2].host", "10.0.20.12", "10.0.20.13"},
      {handler + "/upstreams/1/dial", "[fd00::1]:81", "targets[2]", "10.0.20.12:6875", "[fd00::1]:81"},
      {handler + "/load_balancing/selection_policy/policy", "ip_hash", "algorithm", "round_robin", "ip_hash"},
      {handler + "/health_checks/active/uri", "/up", "healthCheck.path", "/healthz", "/up"},
      {handler + "/health_checks/active/interval", "10s", "healthCheck.interval", "30s", "10s"},
      {handler + "/health_checks/active/expect_status", 204, "healthCheck.expectStatus", "2xx", "204"},
      {handler + "/health_checks/active/expect_status", 3, "healthCheck.expectStatus", "2xx", "3xx"},
      {"", nullptr, "enabled", true, false},
  };
  for (const auto& one : cases) {
    const auto adopted = changed(one.within, one.found);
    ASSERT_TRUE(adopted) << one.field << ": " << adopted.error().text();
    EXPECT_EQ(adopted->field, one.field);
    EXPECT_EQ(adopted->wanted, one.wanted) << one.field;
    EXPECT_EQ(adopted->found, one.kept) << one.field;
    EXPECT_EQ(adopted->object.kind, one.field == "enabled" ? Kind::host : Kind::target_group);
  }
}

TEST_F(AdoptTest, WhatIsAdoptedRendersExactlyWhatWasFound) {
  const auto adopted = changed("/handle/0/upstreams/1/dial", "10.0.20.13:81");
  ASSERT_TRUE(adopted);
  FieldErrors errors;
  from_json_value(value(adopted->spec), "", group.spec, errors);
  EXPECT_TRUE(errors.empty());
  EXPECT_EQ(render_it().at_pointer("/apps/http/servers/https/routes/1/handle/0/upstreams/1/dial"), "10.0.20.13:81");
}

TEST_F(AdoptTest, WhatNoFieldSaysIsNotAdopted) {
  const std::vector<std::pair<std::string, value>> cases{
      {"/handle/0/upstreams/0/dial", "10.0.20.12:6875"},  // two targets of one address
      {"/handle/0/upstreams/0/dial", "unix//run/app.sock"},
      {"/handle/0/upstreams/0/dial", "10.0.20.11:99999"},
      {"/handle/0/load_balancing/selection_policy/policy", "uri_hash"},
      {"/handle/0/load_balancing/try_interval", "9ms"},
      {"/handle/0/health_checks/active/interval", "10 s"},
      {"/handle/0/headers/request/set/Host/0", "other.test"},
      {"/match/0/host/0", "other.test"},
      {"/terminal", false},
  };
  for (const auto& [within, found] : cases) {
    const auto adopted = changed(within, found);
    ASSERT_FALSE(adopted) << within << " " << found << " is " << adopted->field;
    EXPECT_EQ(adopted.error().reason, "NoSuchField") << adopted.error().text();
  }
}

TEST_F(AdoptTest, OneOfSeveralEntriesOfAWeightIsNoField) {
  group.spec.targets[0].weight = 2;
  EXPECT_EQ(changed("/handle/0/upstreams/0/dial", "10.0.20.11:6876").error().reason, "NoSuchField");
}

TEST_F(AdoptTest, AHandlerOfTheHostsOwnIsNotTakenForTheGroups) {
  const value own = group.spec.targets.empty() ? value() : render_it().at_pointer("/apps/http/servers/https/routes/1/handle/0");
  host.spec.caddy_handlers = {own};
  EXPECT_EQ(changed("/handle/0/upstreams/0/dial", "10.0.20.11:6876").error().reason, "InCaddyHandlers");
  EXPECT_TRUE(changed("/handle/1/upstreams/0/dial", "10.0.20.11:6876"));
}

TEST_F(AdoptTest, WhatIsWantedByNowOrOtherwiseIsNotAdopted) {
  const std::string path = "/apps/http/servers/https/routes/1/handle/0/upstreams/0/dial";
  const auto told = [&](const char* found) { return adopt(path, "10.0.20.11:6875", found, host, &group, {}).error().reason; };
  EXPECT_EQ(told("10.0.20.11:6875"), "WantedByNow");
  group.spec.targets[0].port = 7000;
  EXPECT_EQ(told("10.0.20.11:6876"), "NoSuchField");
}

TEST_F(AdoptTest, AHostInTwoRoutesIsNotSwitchedOffByTheLossOfOne) {
  host.spec.aliases = {"*.app.test"};
  EXPECT_EQ(changed("", nullptr).error().reason, "NoSuchField");
}

}  // namespace
}  // namespace argos
