// SPDX-License-Identifier: Apache-2.0
// `drift`, `suspend`, `resume` and what `status` and `wait` say of it: the real binary against a real panel.
#include "runtime/findings.hpp"
#include "test/cli/child.hpp"
#include "test/panel/panel_fixture.hpp"

namespace argos::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

struct DriftCommand : PanelTest {
  Findings findings{*store, clock, "manifests"};
  Ran argos(std::vector<std::string> arguments) {
    return run({std::move(arguments), {{"ARGOS_DATA_DIR", folder.path().string()}}, "", folder.path().string()},
               [&] { loop.step(); });
  }
};

TEST_F(DriftCommand, ExitsThreeWhileSomethingIsLeftAsItWasFound) {
  const auto none = argos({"drift"});
  EXPECT_EQ(none.status, 0);
  EXPECT_EQ(none.out, "no drift was found\n");
  findings.note({{"/hosts/app/domain", Key{Kind::host, "app"}, R"("a.test")", R"("b.test")"}}, FindingAction::reported);
  const auto open = argos({"drift"});
  EXPECT_EQ(open.status, 3);
  EXPECT_THAT(open.out, AllOf(HasSubstr("SURFACE"), HasSubstr("/hosts/app/domain"), HasSubstr("host/app"), HasSubstr("a.test"),
                              HasSubstr("b.test"), HasSubstr("reported"), HasSubstr("2026-11-23 00:00:00"), HasSubstr("yes")));
  findings.none();
  EXPECT_EQ(argos({"drift"}).status, 0);
  const auto asked = argos({"drift", "-o", "json"});
  EXPECT_EQ(boost::json::parse(asked.out).at("items").at(0).at("open"), false);
}

TEST_F(DriftCommand, SuspendAndResumeSayWhatBecameOfIt) {
  put("/api/v1/hosts/app", kHost);
  EXPECT_EQ(argos({"suspend", "host", "app", "--note", "new rack"}).out, "host/app suspended\n");
  EXPECT_EQ(argos({"suspend", "host/app"}).out, "host/app was suspended already: it stays so\n");
  EXPECT_EQ(argos({"suspend", "controller", "caddy"}).out, "controller/caddy suspended\n");
  EXPECT_THAT(argos({"drift"}).out, AllOf(HasSubstr("host/app"), HasSubstr("controller/caddy"), HasSubstr("new rack")));
  EXPECT_EQ(argos({"drift"}).status, 0) << "suspended is not drifted";
  EXPECT_THAT(argos({"status"}).out, AllOf(HasSubstr("SUSPENDED"), HasSubstr("new rack")));
  EXPECT_EQ(boost::json::parse(argos({"status", "-o", "json"}).out).at("suspended").as_array().size(), 2U);
  EXPECT_EQ(argos({"resume", "controller/caddy"}).out, "controller/caddy resumed\n");
  EXPECT_EQ(argos({"resume", "host", "app"}).out, "host/app resumed\n");
  EXPECT_EQ(argos({"resume", "host", "app"}).out, "host/app was not suspended\n");
  EXPECT_THAT(argos({"status"}).out, Not(HasSubstr("SUSPENDED")));
}

TEST_F(DriftCommand, ASuspensionForSomeTimeSaysUntilWhen) {
  put("/api/v1/hosts/app", kHost);
  EXPECT_EQ(argos({"suspend", "host", "app", "--for", "2h"}).out, "host/app suspended until 2026-11-23 02:00:00 UTC\n");
  EXPECT_THAT(argos({"drift"}).out, AllOf(HasSubstr("UNTIL"), HasSubstr("2026-11-23 02:00:00")));
  const auto wrong = argos({"suspend", "host", "app", "--for", "soon"});
  EXPECT_EQ(wrong.status, 1);
  EXPECT_THAT(wrong.err, HasSubstr("for"));
}

TEST_F(DriftCommand, WhatWasFoundIsKeptByItsNumber) {
  put("/api/v1/targetgroups/app", kGroup);
  put("/api/v1/hosts/app", kHost);
  found({Kind::target_group, "app"}, "Programmed", Status::yes, "Programmed", 1'000'000);
  Findings caddy{*store, clock, "caddy"};
  caddy.note({{"/apps/http/servers/https/routes/1/handle/0/upstreams/0/dial", Key{Kind::host, "app"}, R"("127.0.0.1:9000")",
               R"("127.0.0.1:9001")"}},
             FindingAction::reported);
  EXPECT_THAT(argos({"drift", "keep", "1", "--dry-run"}).out, HasSubstr("+                      \"dial\": \"127.0.0.1:9001\""));
  const auto kept = argos({"drift", "keep", "1"});
  EXPECT_EQ(kept.out, "targetgroup/app wants it so now\n") << kept.err;
  EXPECT_EQ(kept.status, 0);
  const auto again = argos({"drift", "keep", "7"});
  EXPECT_EQ(again.status, 1);
  EXPECT_THAT(again.err, HasSubstr("no difference 7 is open"));
  EXPECT_EQ(argos({"drift", "keep"}).status, 2);
}

TEST_F(DriftCommand, WhatIsTypedWronglyIsSaid) {
  EXPECT_EQ(argos({"suspend", "host"}).status, 2);
  EXPECT_EQ(argos({"suspend", "hots/app"}).status, 2);
  const auto nobody = argos({"suspend", "host", "nobody"});
  EXPECT_EQ(nobody.status, 1);
  EXPECT_THAT(nobody.err, HasSubstr("there is no host/nobody"));
  const auto vital = argos({"suspend", "controller", "drift"});
  EXPECT_EQ(vital.status, 1);
  EXPECT_THAT(vital.err, HasSubstr("cannot be suspended"));
}

TEST_F(DriftCommand, NobodyWaitsForASuspendedController) {
  ready("caddy", Status::no, "CaddyUnreachable", "");
  conditions.set({Kind::controller, "caddy"}, {"Suspended", Status::yes, "Suspended", "", 0, {}});
  EXPECT_EQ(argos({"wait", "--timeout", "200ms"}).status, 0);
  EXPECT_EQ(argos({"wait", "controller/caddy", "--timeout", "200ms"}).status, 4) << "named, it is asked about";
}

}  // namespace
}  // namespace argos::test
