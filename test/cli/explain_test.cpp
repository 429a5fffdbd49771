// SPDX-License-Identifier: Apache-2.0
// `explain` as a person reads it: the real binary against a real panel.
#include "test/cli/child.hpp"
#include "test/panel/panel_fixture.hpp"

namespace argos::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

struct ExplainCommand : PanelTest {
  Ran argos(std::vector<std::string> arguments) {
    return run({std::move(arguments), {{"ARGOS_DATA_DIR", folder.path().string()}}, "", folder.path().string()},
               [&] { loop.step(); });
  }
  void host() {
    put("/api/v1/targetgroups/app", kGroup);
    put("/api/v1/hosts/app", kHost);
    found({Kind::host, "app"}, "Accepted", Status::yes, "Accepted", 1);
    found({Kind::host, "app"}, "Programmed", Status::yes, "Programmed", 1);
    const boost::json::value piece{{"match", {{{"host", {"app.example.com"}}}}}};
    reports.offer("caddy", [piece](const Key&) -> boost::json::value {
      return {
          {"places", {{{"path", "/apps/http/servers/https/routes/3"}, {"wanted", piece}, {"running", piece}, {"equal", true}}}},
          {"refused", nullptr},
          {"form", "wanted"}};
    });
  }
};

TEST_F(ExplainCommand, EachStepIsAHeadingWithTheShortAnswerFirst) {
  host();
  manager.find("caddy")->mark({Kind::controller, "caddy"}, "host/app changed");
  loop.run(manager.find("caddy")->step());
  const auto ran = argos({"explain", "host", "app"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  const std::vector<std::string> in_order{"host/app\n",
                                          "\n1. Where it comes from: written by apply (cli); created by ",
                                          "\n2. What is wanted: generation ",
                                          "   domain: app.example.com\n",
                                          "\n3. What is made of it: 1 place in Caddy's configuration\n",
                                          "   /apps/http/servers/https/routes/3\n",
                                          "\n4. What runs: Caddy runs exactly this\n",
                                          "\n5. Conditions: Ready is True\n",
                                          "   Programmed",
                                          "\n6. What was done lately: ",
                                          "   caddy: Ready is True",
                                          "woken: host/app changed",
                                          "ended: Done, after 0.0 ms\n"};
  std::size_t at = 0;
  for (const auto& part : in_order) {
    const auto next = ran.out.find(part, at);
    ASSERT_NE(next, std::string::npos) << part << "\nin\n" << ran.out;
    at = next;
  }
}

TEST_F(ExplainCommand, AllOfItIsJsonOrYaml) {
  host();
  const auto json = boost::json::parse(argos({"explain", "host/app", "-o", "json"}).out);
  EXPECT_EQ(json.at("running").at("answer"), "Caddy runs exactly this");
  EXPECT_THAT(argos({"explain", "host/app", "-o", "yaml"}).out, HasSubstr("object: host/app"));
}

TEST_F(ExplainCommand, ALongPieceIsCutAndSaysHowToSeeAll) {
  host();
  boost::json::value many{{"domain", "app.example.com"}, {"targetGroup", "app"}, {"aliases", boost::json::array{}}};
  for (int alias = 0; alias < 60; ++alias)
    many.at("aliases").as_array().emplace_back("a" + std::to_string(alias) + ".example.com");
  ASSERT_EQ(put("/api/v1/hosts/app", many).status, 200);
  const auto ran = argos({"explain", "host", "app"});
  EXPECT_THAT(ran.out, AllOf(HasSubstr("more lines: -o yaml prints everything"), Not(HasSubstr("a59.example.com"))));
}

TEST_F(ExplainCommand, AControllerIsExplainedToo) {
  ready("caddy", Status::no, "CaddyUnreachable", "nobody answers");
  manager.find("caddy")->mark({Kind::controller, "caddy"}, "it does not answer");
  const auto ran = argos({"explain", "controller", "caddy"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("controller/caddy\n"), HasSubstr("1. Conditions: Ready is False"),
                             HasSubstr("CaddyUnreachable"), HasSubstr("woken: it does not answer")));
}

TEST_F(ExplainCommand, WhatIsNotThereIsStatus1AndWhatMakesNoSenseIsStatus2) {
  const auto gone = argos({"explain", "host", "nobody"});
  EXPECT_EQ(gone.status, 1);
  EXPECT_THAT(gone.err, HasSubstr("there is no host/nobody"));
  EXPECT_EQ(argos({"explain", "controller", "nobody"}).status, 1);
  EXPECT_EQ(argos({"explain", "hots", "app"}).status, 2);
  EXPECT_EQ(argos({"explain", "host"}).status, 2);
}

}  // namespace
}  // namespace argos::test
