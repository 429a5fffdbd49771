// SPDX-License-Identifier: Apache-2.0
// The whole of it with a real Caddy: an edit from outside is on record, undone and served again; a manifest's object is its file's;
// the history stays within its limit.
#include "test/e2e/world.hpp"

namespace argos::test {
namespace {

using testing::HasSubstr;

struct HistoryTold : testing::Test {
  World world;
  void SetUp() override {
    world.start_caddy();
    world.start_argos();
    world.until_argos_answers();
    world.until_ready();
  }
};

TEST_F(HistoryTold, AnEditFromOutsideIsOnRecordAndUndone) {
  world.folder.write("app.yaml", World::host("app", "app.test", "one"));
  ASSERT_EQ(world.argos("apply -f '" + (world.folder / "app.yaml") + "'").status, 0);
  EVENTUALLY(world.serves("app.test", "one"));
  ASSERT_EQ(world.sql("UPDATE hosts SET domain = 'other.test' WHERE name = 'app'").status, 0);
  EVENTUALLY(world.serves("other.test", "one"));
  EXPECT_THAT(world.argos("history host app --limit 1").out, HasSubstr("outside"));
  EXPECT_EQ(world.argos("undo host app").status, 0);
  EVENTUALLY(world.serves("app.test", "one"));
  EXPECT_THAT(world.argos("history host app --limit 1").out, HasSubstr("undo of "));
}

TEST_F(HistoryTold, AManifestsEarlierFormIsPrintedForItsFile) {
  world.manifest("app.yaml", World::host("app", "app.test", "one"));
  EVENTUALLY(world.serves("app.test", "one"));
  world.manifest("app.yaml", World::host("app", "app.test", "two"));
  EVENTUALLY(world.serves("app.test", "two"));
  const auto refused = world.argos("undo host app 2>/dev/null; exit $?");
  EXPECT_EQ(refused.status, 1);
  world.manifest("app.yaml", refused.out);
  EVENTUALLY(world.serves("app.test", "one"));
}

TEST_F(HistoryTold, TheHistoryStaysWithinItsLimit) {
  world.folder.write("settings.yaml",
                     "apiVersion: argos.edge/v1\nkind: Settings\nmetadata: {name: default}\nspec: {historyLimit: 100}\n");
  ASSERT_EQ(world.argos("apply -f '" + (world.folder / "settings.yaml") + "'").status, 0);
  ASSERT_EQ(
      world
          .sql("WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 300) INSERT INTO target_groups (name) "
               "SELECT 'group-' || i FROM c; DELETE FROM target_groups;")
          .status,
      0);
  EVENTUALLY(world.sql("SELECT count(*) FROM changes").out == "101\n");  // the settings' last change is kept besides
}

}  // namespace
}  // namespace argos::test
