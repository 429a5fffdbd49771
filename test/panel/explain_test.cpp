// SPDX-License-Identifier: Apache-2.0
// explain, the controllers with their trace, the targets: what the API tells of what others know.
#include "test/panel/panel_fixture.hpp"

namespace argos::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

struct ExplainTest : PanelTest {
  boost::json::value explain(const std::string& what) {
    const auto answer = ask("GET", "/api/v1/explain/" + what);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return json(answer);
  }
  std::string answer_of(const boost::json::value& explained, std::string_view step) {
    return std::string(explained.at(step).at("answer").as_string());
  }
  void host() {
    put("/api/v1/targetgroups/app", kGroup);
    ASSERT_EQ(put("/api/v1/hosts/app", kHost, {{"Argos-Client", "argos apply"}}).status, 201);
  }
  void caddy_tells(boost::json::value view) {
    reports.offer("caddy", [view](const Key& key) { return key == Key{Kind::host, "app"} ? view : boost::json::value(); });
  }
  void program(Status status, const std::string& reason, const std::string& message = "") {
    conditions.set({Kind::host, "app"}, {"Programmed", status, reason, message, 1, {}});
  }
  static boost::json::value place(const boost::json::value& wanted, const boost::json::value& running) {
    return {
        {"path", "/apps/http/servers/https/routes/0"}, {"wanted", wanted}, {"running", running}, {"equal", wanted == running}};
  }
};

TEST_F(ExplainTest, WhereItComesFromIsWhoWroteItAndTheLastRevision) {
  host();
  const auto explained = explain("hosts/app");
  EXPECT_EQ(explained.at("object"), "host/app");
  EXPECT_THAT(answer_of(explained, "from"),
              AllOf(HasSubstr("written by apply (cli)"), HasSubstr("created by "), HasSubstr("argos apply")));
  sql("UPDATE hosts SET domain = 'other.example.com'");
  store->poll();
  const auto later = explain("hosts/app");
  EXPECT_THAT(answer_of(later, "from"), HasSubstr("changed by outside"));
  EXPECT_EQ(later.at("row").at("spec").at("domain"), "other.example.com");
  EXPECT_THAT(answer_of(later, "row"), HasSubstr("sound"));
}

TEST_F(ExplainTest, AManifestObjectNamesItsFileAndLine) {
  host();
  config.manifests_dir = "/etc/edge";
  sql("UPDATE hosts SET managed_by = 'manifest', owner = 'sub/app.yaml'");
  EXPECT_THAT(answer_of(explain("hosts/app"), "from"), HasSubstr("does not declare it"));
  reports.publish(
      "manifests",
      {{"folder", "/etc/edge"},
       {"files",
        {{{"file", "sub/app.yaml"},
          {"objects",
           {{{"kind", "TargetGroup"}, {"name", "app"}, {"line", 1}}, {{"kind", "Host"}, {"name", "app"}, {"line", 12}}}},
          {"errors", boost::json::array{}}}}},
       {"errorCount", 0}});
  const auto explained = explain("hosts/app");
  EXPECT_THAT(answer_of(explained, "from"), HasSubstr("/etc/edge/sub/app.yaml:12"));
  EXPECT_EQ(explained.at("from").at("line"), 12);
  EXPECT_EQ(explained.at("controllers").at(0).at("name"), "manifests");
}

TEST_F(ExplainTest, WhatNobodyToldIsSaidToBeUnknown) {
  host();
  const auto explained = explain("hosts/app");
  EXPECT_THAT(answer_of(explained, "rendered"), HasSubstr("not known"));
  EXPECT_THAT(answer_of(explained, "running"), HasSubstr("not known"));
  EXPECT_TRUE(explained.at("targets").is_null());
  EXPECT_TRUE(explained.at("suspended").is_null());
}

TEST_F(ExplainTest, CaddyRunsExactlyThis) {
  host();
  program(Status::yes, "Programmed");
  caddy_tells({{"places", {place({{"a", 1}}, {{"a", 1}})}}, {"refused", nullptr}, {"form", "wanted"}});
  const auto explained = explain("hosts/app");
  EXPECT_EQ(answer_of(explained, "running"), "Caddy runs exactly this");
  EXPECT_THAT(answer_of(explained, "rendered"), HasSubstr("1 place"));
  EXPECT_EQ(explained.at("rendered").at("places").at(0).at("wanted").at("a"), 1);
}

TEST_F(ExplainTest, AnOlderFormIsSaidWithTheReason) {
  host();
  program(Status::no, "RejectedByCaddy", "unknown module: http.handlers.nope");
  caddy_tells({{"places", {place({{"a", 2}}, {{"a", 1}})}},
               {"refused", {{"reason", "RejectedByCaddy"}, {"message", "unknown module: http.handlers.nope"}}},
               {"form", "accepted"}});
  EXPECT_EQ(answer_of(explain("hosts/app"), "running"),
            "Caddy runs an older form: RejectedByCaddy: unknown module: http.handlers.nope");
}

TEST_F(ExplainTest, TheFormThatRunsIsToldInTheManifestsWordsWithoutSecrets) {
  host();
  caddy_tells({{"places", boost::json::array{}},
               {"refused", nullptr},
               {"form", "accepted"},
               {"accepted", {{"domain", "then.example.com"}, {"caddyHandlers", {{{"password", "s3cret"}}}}}}});
  const auto running = explain("hosts/app").at("running");
  EXPECT_EQ(running.at("accepted").at("domain"), "then.example.com");
  EXPECT_THAT(boost::json::serialize(running), AllOf(Not(HasSubstr("s3cret")), HasSubstr("***")));
  caddy_tells({{"places", boost::json::array{}}, {"refused", nullptr}, {"form", "wanted"}});
  EXPECT_TRUE(explain("hosts/app").at("running").at("accepted").is_null());
}

TEST_F(ExplainTest, AnotherHandsChangeIsNotCalledExact) {
  host();
  program(Status::no, "Drifted", "somebody else changed it in Caddy");
  caddy_tells({{"places", {place({{"a", 2}}, {{"a", 1}})}}, {"refused", nullptr}, {"form", "wanted"}});
  EXPECT_THAT(answer_of(explain("hosts/app"), "running"), AllOf(HasSubstr("another hand"), HasSubstr("Drifted")));
}

TEST_F(ExplainTest, NothingThatRunsIsRightOrWrong) {
  host();
  caddy_tells({{"places", boost::json::array{}}, {"refused", nullptr}, {"form", "none"}});
  program(Status::yes, "Disabled", "not served, as wanted");
  EXPECT_THAT(answer_of(explain("hosts/app"), "running"), HasSubstr("nothing, as it should be"));
  program(Status::no, "CaddyUnreachable", "nobody answers");
  EXPECT_EQ(answer_of(explain("hosts/app"), "running"), "nothing of it: CaddyUnreachable: nobody answers");
}

TEST_F(ExplainTest, SecretsOfRawHandlersAreNowhereInIt) {
  put("/api/v1/targetgroups/app", kGroup);
  boost::json::value spec = kHost;
  const boost::json::value handler{{"handler", "authentication"}, {"password", "s3cret-one"}};
  spec.as_object()["caddyHandlers"] = boost::json::array{handler};
  ASSERT_EQ(put("/api/v1/hosts/app", spec).status, 201);
  caddy_tells({{"places", {place({{"handle", {handler}}}, {{"handle", {{{"password", "s3cret-two"}}}}})}},
               {"refused", nullptr},
               {"form", "wanted"}});
  const auto body = ask("GET", "/api/v1/explain/hosts/app").body;
  EXPECT_THAT(body, AllOf(Not(HasSubstr("s3cret")), HasSubstr("***"), HasSubstr("authentication")));
}

TEST_F(ExplainTest, WhatIsGoneSaysWhoTookItAway) {
  host();
  ask("DELETE", "/api/v1/hosts/app", "", {{"Argos-Client", "argos delete"}});
  const auto answer = ask("GET", "/api/v1/explain/hosts/app");
  EXPECT_EQ(answer.status, 404);
  EXPECT_THAT(detail(answer), AllOf(HasSubstr("there is no host/app: it was deleted by "), HasSubstr("argos delete")));
  EXPECT_EQ(detail(ask("GET", "/api/v1/explain/hosts/never")), "there is no host/never");
}

TEST_F(ExplainTest, ASuspendedObjectSaysSo) {
  host();
  sql("INSERT INTO suspensions (kind, name, since, note, actor) VALUES ('hosts', 'app', 0, 'by hand today', 'alice')");
  const auto explained = explain("hosts/app");
  ASSERT_TRUE(explained.at("suspended").is_object());
  EXPECT_EQ(explained.at("suspended").at("note"), "by hand today");
}

TEST_F(ExplainTest, AControllerTellsWhatWokeItAndWhatCameOfIt) {
  manager.find("caddy")->mark({Kind::controller, "caddy"}, "host/app changed");
  EXPECT_TRUE(loop.run(manager.find("caddy")->step()));
  for (const auto* const path : {"/api/v1/controllers/caddy", "/api/v1/explain/controllers/caddy"}) {
    const auto told = json(ask("GET", path));
    EXPECT_EQ(told.at("name"), "caddy");
    EXPECT_EQ(told.at("trace").at("wakes").at(0).at("why"), "host/app changed");
    EXPECT_EQ(told.at("trace").at("results").at(0).at("outcome"), "Done");
    EXPECT_FALSE(told.at("conditions").as_array().empty());
  }
  const auto none = ask("GET", "/api/v1/controllers/nobody");
  EXPECT_EQ(none.status, 404);
  EXPECT_THAT(hint(none), HasSubstr("caddy"));
}

struct TargetsTest : PanelTest {
  TargetsTest() {
    reports.offer("targets", [](const Key&) {
      return boost::json::parse(
          R"({"checked":null,"trouble":null,"groups":[{"name":"app","targets":[)"
          R"({"target":"a:1","state":"healthy"},{"target":"b:1","state":"unhealthy"},{"target":"c:1","state":"unknown"}]}]})");
    });
  }
};

TEST_F(TargetsTest, AreToldAsTheControllerTellsThem) {
  EXPECT_EQ(json(ask("GET", "/api/v1/targets")).at("groups").at(0).at("targets").at(1).at("state"), "unhealthy");
}

TEST_F(TargetsTest, AreMetricsWhereSomethingIsKnown) {
  const auto text = ask("GET", "/metrics").body;
  EXPECT_THAT(text, AllOf(HasSubstr(R"(argos_target_healthy{group="app",target="a:1"} 1)"),
                          HasSubstr(R"(argos_target_healthy{group="app",target="b:1"} 0)"), Not(HasSubstr("c:1"))));
}

TEST_F(PanelTest, WithoutATargetsControllerThereIsNoTarget) {
  EXPECT_TRUE(list(ask("GET", "/api/v1/targets"), "groups").empty());
  EXPECT_EQ(ask("GET", "/metrics").status, 200);
}

}  // namespace
}  // namespace argos::test
