// SPDX-License-Identifier: Apache-2.0
// Objects over the API: the manifest's shape, ETags, ownership, every error at once, and a database that is busy.
#include "test/panel/panel_fixture.hpp"

namespace argos::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct ObjectsTest : PanelTest {
  std::string tag_of(const std::string& target) { return ask("GET", target).headers.at("etag"); }
};

TEST_F(ObjectsTest, AnObjectHasTheManifestsShape) {
  const auto created = put("/api/v1/hosts/app", kHost);
  ASSERT_EQ(created.status, 201) << created.body;
  found({Kind::host, "app"}, "Accepted", Status::yes, "Accepted", 1);
  const auto object = json(ask("GET", "/api/v1/hosts/app"));
  EXPECT_EQ(object.at("apiVersion"), "argos.edge/v1");
  EXPECT_EQ(object.at("kind"), "Host");
  EXPECT_EQ(object.at("metadata").at("name"), "app");
  EXPECT_EQ(object.at("metadata").at("managedBy"), "apply");
  EXPECT_EQ(object.at("metadata").at("owner"), "cli");
  EXPECT_GT(object.at("metadata").at("generation").to_number<int>(), 0);
  EXPECT_EQ(object.at("spec").at("domain"), "app.example.com");
  EXPECT_EQ(object.at("spec").at("tls").at("mode"), "auto");
  EXPECT_EQ(object.at("status").at("conditions").at(0).at("type"), "Accepted");
}

TEST_F(ObjectsTest, EveryKindCanBeListedPutAndDeleted) {
  const std::vector<std::pair<std::string, boost::json::value>> all{{"/api/v1/hosts/app", kHost},
                                                                    {"/api/v1/targetgroups/app", kGroup},
                                                                    {"/api/v1/settings/default", {{"gracePeriod", "20s"}}}};
  for (const auto& [target, spec] : all) {
    EXPECT_EQ(put(target, spec).status, 201) << target;
    EXPECT_EQ(put(target, spec).status, 200) << target;
    EXPECT_EQ(json(ask("GET", target.substr(0, target.rfind('/')))).at("items").as_array().size(), 1U) << target;
    EXPECT_EQ(ask("DELETE", target).status, 204) << target;
    EXPECT_EQ(ask("GET", target).status, 404) << target;
    EXPECT_EQ(reason(ask("DELETE", target)), "NotFound") << target;
  }
}

TEST_F(ObjectsTest, WhatWasReadCanBeSentBack) {
  put("/api/v1/hosts/app", kHost);
  const auto read = ask("GET", "/api/v1/hosts/app");
  const auto sent = ask("PUT", "/api/v1/hosts/app", read.body);
  EXPECT_EQ(sent.status, 200) << sent.body;
  EXPECT_EQ(sent.headers.at("etag"), read.headers.at("etag"));
}

TEST_F(ObjectsTest, TheOwnerIsSaidByQueryOrHeader) {
  put("/api/v1/hosts/a?owner=ci", kHost);
  EXPECT_EQ(json(ask("GET", "/api/v1/hosts/a")).at("metadata").at("owner"), "ci");
  put("/api/v1/hosts/b", kHost, {{"Argos-Owner", "robot"}});
  EXPECT_EQ(json(ask("GET", "/api/v1/hosts/b")).at("metadata").at("owner"), "robot");
  EXPECT_EQ(put("/api/v1/hosts/c?owner=no%20such", kHost).status, 422);
}

TEST_F(ObjectsTest, ASecondEditorGets412) {
  put("/api/v1/hosts/app", kHost);
  const auto tag = tag_of("/api/v1/hosts/app");
  EXPECT_EQ(put("/api/v1/hosts/app", {{"domain", "one.example.com"}, {"targetGroup", "app"}}, {{"If-Match", tag}}).status, 200);
  const auto second = put("/api/v1/hosts/app", {{"domain", "two.example.com"}, {"targetGroup", "app"}}, {{"If-Match", tag}});
  EXPECT_EQ(second.status, 412);
  EXPECT_EQ(second.headers.at("etag"), tag_of("/api/v1/hosts/app"));
  EXPECT_EQ(json(second).at("current").at("spec").at("domain"), "one.example.com");
  EXPECT_EQ(json(second).at("sent").at("spec").at("domain"), "two.example.com");
  EXPECT_EQ(json(second).at("sent").at("ifMatch").as_string(), tag);
  EXPECT_EQ(ask("DELETE", "/api/v1/hosts/app", "", {{"If-Match", tag}}).status, 412);
  EXPECT_EQ(json(ask("GET", "/api/v1/hosts/app")).at("spec").at("domain"), "one.example.com");
}

TEST_F(ObjectsTest, AListComesInPagesThatMissNothingAndRepeatNothing) {
  for (const char* const name : {"a", "b", "c", "d", "e"})
    put("/api/v1/hosts/" + std::string(name), {{"domain", std::string(name) + ".example.com"}, {"targetGroup", "app"}});
  std::string names, next;
  do {
    const auto page = json(ask("GET", "/api/v1/hosts?limit=2&continue=" + next));
    EXPECT_LE(page.at("items").as_array().size(), 2U);
    for (const auto& item : page.at("items").as_array()) names += item.at("metadata").at("name").as_string();
    next = page.as_object().contains("continue") ? std::string(page.at("continue").as_string()) : "";
  } while (!next.empty());
  EXPECT_EQ(names, "abcde");
  EXPECT_EQ(list(ask("GET", "/api/v1/hosts"), "items").size(), 5U);
  EXPECT_EQ(ask("GET", "/api/v1/hosts?limit=none").status, 422);
}

// Whoever waits is answered when the condition says so; the controller is played here.
struct WaitTest : ObjectsTest {
  HttpResponse put_and(const std::string& wait, const std::function<void(std::uint64_t)>& caddy) {
    std::optional<HttpResponse> answer;
    BeastHttpClient client;
    asio::co_spawn(loop.executor(),
                   client.send(unix_socket(socket_path),
                               {"PUT", "/api/v1/hosts/app?wait=" + wait, {}, serialize(boost::json::object{{"spec", kHost}})},
                               std::chrono::seconds(10)),
                   [&](const std::exception_ptr&, Result<HttpResponse> got) { answer = std::move(*got); });
    loop.until([&] { return count("SELECT count(*) FROM hosts") == 1; });
    EXPECT_FALSE(answer);
    caddy(static_cast<std::uint64_t>(count("SELECT generation FROM hosts")));
    loop.until([&] { return answer.has_value(); });
    return *answer;
  }
};

TEST_F(WaitTest, AnswersOnceTheChangeIsInForceAndNotForAnEarlierForm) {
  const auto answer = put_and("10s", [&](std::uint64_t generation) {
    found({Kind::host, "app"}, "Programmed", Status::yes, "Programmed", generation - 1);
    found({Kind::host, "app"}, "Programmed", Status::no, "Pending", generation);
    found({Kind::host, "app"}, "Programmed", Status::yes, "Programmed", generation);
  });
  EXPECT_EQ(answer.status, 201);
}

TEST_F(WaitTest, SaysWhatCaddyRefusedLongBeforeTheWaitIsOver) {
  const auto answer = put_and("1m", [&](std::uint64_t generation) {  // whoever asks here has left by then
    conditions.set({Kind::host, "app"}, {"Programmed", Status::no, "RejectedByCaddy", "unknown module: x", generation, {}});
  });
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(reason(answer), "RejectedByCaddy");
  EXPECT_EQ(detail(answer), "unknown module: x");
  EXPECT_EQ(json(answer).at("stored"), true);
}

TEST_F(WaitTest, ClaimsNothingWhereNothingIsKnownInTime) {
  const auto answer = put_and("300ms", [&](std::uint64_t generation) {
    found({Kind::host, "app"}, "Programmed", Status::no, "CaddyUnreachable", generation);
  });
  EXPECT_EQ(answer.status, 202);
}

TEST_F(ObjectsTest, AWaitThatIsNoTimeIsRefusedBeforeAnythingIsWritten) {
  for (const char* const wait : {"soon", "2m", "-1s"})
    EXPECT_EQ(put("/api/v1/hosts/app?wait=" + std::string(wait), kHost).status, 422);
  EXPECT_EQ(count("SELECT count(*) FROM hosts"), 0);
}

TEST_F(ObjectsTest, IfNoneMatchCreatesOnly) {
  EXPECT_EQ(put("/api/v1/hosts/app", kHost, {{"If-None-Match", "*"}}).status, 201);
  EXPECT_EQ(put("/api/v1/hosts/app", kHost, {{"If-None-Match", "*"}}).status, 412);
  EXPECT_EQ(put("/api/v1/hosts/other", kHost, {{"If-Match", "*"}}).status, 412);
}

TEST_F(ObjectsTest, AnUnchangedObjectIs304) {
  put("/api/v1/hosts/app", kHost);
  EXPECT_EQ(ask("GET", "/api/v1/hosts/app", "", {{"If-None-Match", tag_of("/api/v1/hosts/app")}}).status, 304);
}

TEST_F(ObjectsTest, ATagOfAnotherLifeOfTheDatabaseIsNoTagOfThisOne) {
  put("/api/v1/hosts/app", kHost);
  const auto before = tag_of("/api/v1/hosts/app");
  sql("UPDATE meta SET value = 'restored' WHERE key = 'epoch'");
  EXPECT_NE(tag_of("/api/v1/hosts/app"), before);
}

TEST_F(ObjectsTest, AProblemListsEveryFieldError) {
  const auto answer = put("/api/v1/hosts/app", {{"domain", "a b"}, {"tls", {{"mode", "sometimes"}}}, {"targetgroup", "app"}});
  ASSERT_EQ(answer.status, 422);
  std::vector<std::string> paths;
  for (const auto& error : list(answer, "errors")) {
    paths.emplace_back(error.at("path").as_string());
    for (const char* const field : {"reason", "message", "hint"}) EXPECT_TRUE(error.as_object().contains(field));
  }
  EXPECT_THAT(paths, ::testing::IsSupersetOf({"spec.domain", "spec.tls.mode", "spec.targetgroup"}));
  EXPECT_EQ(count("SELECT count(*) FROM hosts"), 0);
  for (const char* const field : {"type", "title", "status", "detail", "reason", "hint"})
    EXPECT_TRUE(json(answer).as_object().contains(field));
}

TEST_F(ObjectsTest, KindNameAndVersionMustBeThePaths) {
  const auto answer = ask("PUT", "/api/v1/hosts/app",
                          R"({"apiVersion":"v2","kind":"TargetGroup","metadata":{"name":"other"},"spek":{},"spec":{}})");
  ASSERT_EQ(answer.status, 422);
  EXPECT_THAT(detail(answer), HasSubstr("apiVersion"));
  EXPECT_THAT(detail(answer), HasSubstr("kind"));
  EXPECT_THAT(detail(answer), HasSubstr("metadata.name"));
  EXPECT_THAT(answer.body, HasSubstr("did you mean spec?"));
  EXPECT_EQ(put("/api/v1/hosts/Not_A_Name", kHost).status, 422);
  EXPECT_EQ(put("/api/v1/settings/other", boost::json::object{}).status, 422);
}

TEST_F(ObjectsTest, WhatIsNoJsonIsSaid) {
  EXPECT_EQ(ask("PUT", "/api/v1/hosts/app", "{").status, 400);
  EXPECT_EQ(ask("PUT", "/api/v1/hosts/app", std::string(1000, '[')).status, 400);
  EXPECT_EQ(ask("PUT", "/api/v1/hosts/app", "spec: {}", {{"Content-Type", "application/yaml"}}).status, 415);
}

TEST_F(ObjectsTest, AManifestObjectIs409AndNamesTheFile) {
  put("/api/v1/hosts/app", kHost);
  sql("UPDATE hosts SET managed_by = 'manifest', owner = 'sites/app.yaml'");
  std::filesystem::create_directories(folder / "manifests");
  config.manifests_dir = folder / "manifests";
  for (const auto& answer : {put("/api/v1/hosts/app", kHost), ask("DELETE", "/api/v1/hosts/app")}) {
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(reason(answer), "ManagedByManifest");
    EXPECT_EQ(hint(answer), "edit " + (folder / "manifests") + "/sites/app.yaml instead");
  }
}

TEST_F(ObjectsTest, WhatIsArgosOwnIs409AndNamesTheVariable) {
  sql("INSERT INTO hosts (name, domain, managed_by) VALUES ('argos-panel', 'panel.test', 'system')");
  sql("INSERT INTO target_groups (name, managed_by) VALUES ('argos-panel', 'system')");
  config.panel_mode = "behind_caddy";
  const auto undo = ask("POST", "/api/v1/undo", R"({"kind":"Host","name":"argos-panel"})");
  const auto suspend = ask("POST", "/api/v1/suspend", R"({"kind":"Host","name":"argos-panel"})");
  for (const auto& answer :
       {put("/api/v1/hosts/argos-panel", kHost), ask("DELETE", "/api/v1/hosts/argos-panel"), undo, suspend}) {
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(reason(answer), "ManagedBySystem");
    EXPECT_THAT(detail(answer), HasSubstr("comes from ARGOS_PANEL_DOMAIN"));
  }
  EXPECT_THAT(detail(put("/api/v1/targetgroups/argos-panel", kGroup)), HasSubstr("comes from ARGOS_PANEL_UPSTREAM"));
  EXPECT_EQ(count("SELECT count(*) FROM hosts WHERE managed_by = 'system'"), 1);
}

TEST_F(ObjectsTest, WithoutAFolderTheFirstEditReleasesAManifestObject) {
  put("/api/v1/hosts/app", kHost);
  sql("UPDATE hosts SET managed_by = 'manifest', owner = 'app.yaml'");
  config.manifests_dir = folder / "gone";
  EXPECT_EQ(put("/api/v1/hosts/app", kHost).status, 200);
  EXPECT_EQ(json(ask("GET", "/api/v1/hosts/app")).at("metadata").at("managedBy"), "apply");
  sql("UPDATE hosts SET managed_by = 'manifest', owner = 'app.yaml'");
  config.manifests_dir = "";
  EXPECT_EQ(ask("DELETE", "/api/v1/hosts/app").status, 204);
}

TEST_F(ObjectsTest, ARowThatMakesNoSenseIsShownWithItsErrors) {
  sql("INSERT INTO hosts (name, domain, tls_mode) VALUES ('odd', 'odd.example.com', 'sometimes')");
  const auto object = json(ask("GET", "/api/v1/hosts/odd"));
  EXPECT_EQ(object.at("status").at("errors").at(0).at("path"), "spec.tls.mode");
}

TEST_F(ObjectsTest, WithoutADatabaseTheAnswerIs503AndSaysWhy) {
  store->set_ready(false);
  ready("migrations", Status::no, "SchemaNewer", "the database is version 9, argos knows 1");
  for (const auto& answer : {ask("GET", "/api/v1/hosts"), put("/api/v1/hosts/app", kHost)}) {
    EXPECT_EQ(answer.status, 503);
    EXPECT_THAT(detail(answer), HasSubstr("SchemaNewer"));
    EXPECT_TRUE(answer.headers.contains("retry-after"));
  }
  EXPECT_EQ(ask("GET", "/api/v1/status").status, 200);
}

struct BusyTest : ObjectsTest {
  BusyTest() : other(*Database::open(store->path(), Database::Mode::read_write)) {}
  Database other;  // another program
};

TEST_F(BusyTest, AWriteWaitsForAnotherWritersLock) {
  ASSERT_TRUE(other.run("BEGIN IMMEDIATE"));
  asio::steady_timer release(loop.executor(), 200ms);
  release.async_wait([&](const boost::system::error_code&) { (void)other.run("COMMIT"); });
  EXPECT_EQ(put("/api/v1/hosts/app", kHost).status, 201);
}

TEST_F(BusyTest, WhileAWriteWaitsTheLoopGoesOn) {
  ASSERT_TRUE(other.run("BEGIN IMMEDIATE"));
  BeastHttpClient client;
  std::optional<HttpResponse> written;
  asio::co_spawn(
      loop.executor(),
      client.send(unix_socket(socket_path),
                  {"PUT", "/api/v1/hosts/app", {}, R"({"spec":{"domain":"a.example.com","targetGroup":"app"}})"}, 10s),
      [&](const std::exception_ptr&, Result<HttpResponse> answer) { written = *answer; });
  for (int at = 0; at < 20; ++at) EXPECT_EQ(ask("GET", "/healthz").status, 200);
  EXPECT_EQ(ask("GET", "/api/v1/hosts").status, 200);
  EXPECT_FALSE(written);
  ASSERT_TRUE(other.run("COMMIT"));
  loop.until([&] { return written.has_value(); });
  EXPECT_EQ(written->status, 201);
}

TEST_F(BusyTest, AfterItsPatienceTheAnswerIs503AndNothingWasChanged) {
  context.lock_patience = 100ms;
  ASSERT_TRUE(other.run("BEGIN IMMEDIATE"));
  const auto answer = put("/api/v1/hosts/app", kHost);
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(reason(answer), "DatabaseBusy");
  EXPECT_TRUE(answer.headers.contains("retry-after"));
  ASSERT_TRUE(other.run("COMMIT"));
  EXPECT_EQ(count("SELECT count(*) FROM hosts"), 0);
}

}  // namespace
}  // namespace argos::test
