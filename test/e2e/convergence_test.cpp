// SPDX-License-Identifier: Apache-2.0
// What an operator wrote becomes what visitors get: whole programs, real servers, effects only.
#include <csignal>

#include "test/e2e/world.hpp"

namespace argos::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

struct Convergence : testing::Test {
  World world;
  void SetUp() override {
    world.start_caddy();
    world.start_argos();
  }
};

TEST_F(Convergence, ASavedManifestIsServedAnEditIsServedAndARemovalIsA404) {
  world.manifest("app.yaml", World::host("app", "app.test", "one"));
  world.manifest("other.yaml", World::host("other", "other.test", "other"));
  EVENTUALLY(world.serves("app.test", "one"));
  world.manifest("app.yaml", World::host("app", "app.test", "two"));
  EVENTUALLY(world.serves("app.test", "two"));
  fs::remove(world.folder / "manifests/app.yaml");
  EVENTUALLY(world.get("app.test").status == 404);
  EXPECT_TRUE(world.serves("other.test", "other"));
}

TEST_F(Convergence, TheSameThroughApplyAndThroughSqlFromAnotherProcess) {
  world.until_argos_answers();
  world.folder.write("app.yaml", World::host("app", "app.test", "one"));
  const auto applied = world.argos("apply -f " + (world.folder / "app.yaml"));
  ASSERT_EQ(applied.status, 0) << applied.out;
  EXPECT_THAT(applied.out, HasSubstr("host/app created"));
  EVENTUALLY(world.serves("app.test", "one"));

  world.folder.write("app.yaml", World::host("app", "app.test", "two"));
  EXPECT_THAT(world.argos("apply -f " + (world.folder / "app.yaml")).out, HasSubstr("host/app configured"));
  EVENTUALLY(world.serves("app.test", "two"));
  EXPECT_THAT(world.argos("apply -f " + (world.folder / "app.yaml")).out, HasSubstr("host/app unchanged"));

  ASSERT_EQ(world.sql("UPDATE hosts SET domain = 'renamed.test' WHERE name = 'app'").status, 0);
  EVENTUALLY(world.serves("renamed.test", "two"));
  EXPECT_EQ(world.get("app.test").status, 404);

  ASSERT_EQ(world.sql("DELETE FROM hosts").status, 0);
  EVENTUALLY(world.get("renamed.test").status == 404);
}

TEST_F(Convergence, ACaddyKilledAndStartedWithoutItsConfigurationServesEveryHostAgain) {
  for (int i = 0; i < 20; ++i) {
    const auto name = "h" + std::to_string(i);
    world.manifest(name + ".yaml", World::host(name, name + ".test", name));
  }
  EVENTUALLY(world.serves("h19.test", "h19"));
  world.until_ready();
  world.caddy->signal(SIGKILL);
  world.caddy->wait();
  EVENTUALLY(world.probe("/readyz").status == 503);
  EXPECT_THAT(world.probe("/readyz").body, HasSubstr("caddy"));
  world.start_caddy();
  for (int i = 0; i < 20; ++i) {
    const auto name = "h" + std::to_string(i);
    EVENTUALLY(world.serves(name + ".test", name));
  }
  world.until_ready();
}

TEST_F(Convergence, AForeignConfigurationIsPutRightAndKept) {
  world.manifest("app.yaml", World::host("app", "app.test", "one"));
  EVENTUALLY(world.serves("app.test", "one"));
  const auto foreign = R"({"admin":{"listen":"127.0.0.1:)" + std::to_string(world.admin_port) +
                       R"("},"apps":{"http":{"servers":{"theirs":{"listen":[":)" + std::to_string(world.http_port) +
                       R"("],"routes":[{"handle":[{"handler":"static_response","body":"theirs"}]}]}}}}})";
  ASSERT_EQ(http(world.admin, "/load", {}, "POST", foreign).status, 200);
  EVENTUALLY(world.serves("app.test", "one"));
  const auto found = shell("cat '" + (world.folder / "data") + "'/caddy-found-*.json");
  EXPECT_THAT(found.out, HasSubstr("theirs"));
}

TEST_F(Convergence, ARoutePatchedByHandIsPutRight) {
  world.manifest("app.yaml", World::host("app", "app.test", "one"));
  EVENTUALLY(world.serves("app.test", "one"));
  world.until_ready();
  const auto wanted = world.caddy_config();
  ASSERT_EQ(http(world.admin, "/config/apps/http/servers/http/routes/0/handle", {}, "PATCH",
                 R"([{"handler":"static_response","body":"patched"}])")
                .status,
            200);
  EVENTUALLY(world.serves("app.test", "one") && world.caddy_config() == wanted);
}

TEST_F(Convergence, ArgosKilledLeavesCaddyServingAndComesBackWithoutWriting) {
  world.manifest("app.yaml", World::host("app", "app.test", "one"));
  EVENTUALLY(world.serves("app.test", "one"));
  world.until_ready();
  world.server->signal(SIGKILL);
  world.server->wait();
  EXPECT_TRUE(world.serves("app.test", "one"));
  const auto config = world.caddy_config();
  const int writes = world.caddy_writes();
  ASSERT_GT(writes, 0) << "the counter counts";
  world.start_argos();
  world.until_ready();
  EXPECT_EQ(world.caddy_config(), config);
  EXPECT_EQ(world.caddy_writes(), writes);
  EXPECT_THAT(world.condition("hosts/app", "Ready"), HasSubstr("True"));
}

TEST_F(Convergence, EachBadManifestHarmsOnlyItselfAndIsToldWithItsLine) {
  const std::string head = "apiVersion: argos.edge/v1\nkind: Host\n";
  world.manifest("tab.yaml", head + "metadata:\n\tname: x\n");
  world.manifest("unknown.yaml", head + "metadata: {name: unknown}\nspec:\n  domian: x.test\n");
  world.manifest("repeated.yaml", head + "metadata: {name: repeated}\nmetadata: {name: again}\n");
  world.manifest("comma.yaml", ", x");
  world.manifest("big.yaml", std::string(20 << 20, '#'));
  world.manifest("latin1.yaml", head + "# caf\xe9\n");
  world.manifest("long.yaml",
                 head + "metadata: {name: long}\nspec: {domain: " + std::string(300, 'a') + ", targetGroup: app}\n");
  world.manifest("bomb.yaml",
                 "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
                 "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n");
  world.manifest("group.yaml",
                 head + "metadata: {name: lost}\nspec: {domain: lost.test, targetGroup: nowhere, tls: {mode: none}}\n");
  world.manifest("good.yaml", World::host("good", "good.test", "good"));
  EVENTUALLY(world.serves("good.test", "good"));
  world.manifest("taken.yaml", World::host("taken", "good.test", "taken"));
  EVENTUALLY(world.condition("hosts/taken", "Accepted").starts_with("False DomainTaken"));
  EXPECT_THAT(world.condition("hosts/taken", "Accepted"), HasSubstr("good"));
  EXPECT_TRUE(world.serves("good.test", "good")) << "the older row keeps the domain";
  EVENTUALLY(world.condition("hosts/lost", "Accepted").starts_with("False TargetGroupNotFound"));
  EVENTUALLY(world.get("lost.test").status == 503);
  EXPECT_NE(world.get("lost.test").headers["retry-after"], "");

  const auto report = world.api("/api/v1/manifests").body;
  for (const char* file : {"tab", "unknown", "repeated", "comma", "big", "latin1", "long", "bomb"})
    EXPECT_THAT(report, HasSubstr(std::string(file) + ".yaml"));
  EXPECT_THAT(report, HasSubstr("did you mean domain?"));
  EVENTUALLY(world.probe("/readyz").status == 200);  // objects in trouble never touch it
  EXPECT_THAT(world.argos("status").out, HasSubstr("unknown.yaml:5"));
}

TEST_F(Convergence, NewSubFoldersSwappedLinksAndEditorsSavesAreServed) {
  world.manifest("keep.yaml", World::host("keep", "keep.test", "keep"));
  EVENTUALLY(world.serves("keep.test", "keep"));
  world.manifest("team/web/app.yaml", World::host("app", "app.test", "one"));
  EVENTUALLY(world.serves("app.test", "one"));

  // As an editor saves: the old file is renamed away, a new one written.
  fs::rename(world.folder / "manifests/team/web/app.yaml", world.folder / "manifests/team/web/app.yaml~");
  world.manifest("team/web/app.yaml", World::host("app", "app.test", "two"));
  EVENTUALLY(world.serves("app.test", "two"));

  // As Kubernetes updates a ConfigMap: one link is swapped.
  world.manifest("..1/map.yaml", World::host("map", "map.test", "one"));
  world.manifest("..2/map.yaml", World::host("map", "map.test", "two"));
  fs::create_directory_symlink("..1", world.folder / "manifests/..data");
  fs::create_symlink("..data/map.yaml", world.folder / "manifests/map.yaml");
  EVENTUALLY(world.serves("map.test", "one"));
  fs::create_directory_symlink("..2", world.folder / "manifests/..next");
  fs::rename(world.folder / "manifests/..next", world.folder / "manifests/..data");
  EVENTUALLY(world.serves("map.test", "two"));
}

TEST_F(Convergence, WaitReturnsWhenTheChangeIsInForceAndNotBefore) {
  world.until_argos_answers();
  world.folder.write("app.yaml", World::host("app", "app.test", "one"));
  ASSERT_EQ(world.argos("apply -f " + (world.folder / "app.yaml")).status, 0);
  const auto waited = world.argos("wait --for=condition=Ready host/app --timeout 15s");
  ASSERT_EQ(waited.status, 0) << waited.out;
  EXPECT_TRUE(world.serves("app.test", "one"));
  EXPECT_EQ(world.argos("wait --for=condition=Ready host/none --timeout 200ms").status, 4);
  for (int round = 0; round < 10; ++round) {
    const auto body = "round" + std::to_string(round);
    world.folder.write("app.yaml", World::host("app", "app.test", body));
    ASSERT_EQ(world.argos("apply -f " + (world.folder / "app.yaml")).status, 0);
    ASSERT_EQ(world.argos("wait --for=condition=Ready host/app --timeout 15s").status, 0);
    EXPECT_TRUE(world.serves("app.test", body)) << "Ready was ahead of the wire";
  }
}

}  // namespace
}  // namespace argos::test
