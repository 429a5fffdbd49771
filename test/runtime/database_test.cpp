// SPDX-License-Identifier: Apache-2.0
#include "runtime/database.hpp"

#include "test/support/support.hpp"

namespace argos {
namespace {

// Statements are kept prepared: what was so the first time must not hold the second time.
struct DatabaseTest : testing::Test {
  test::TempFolder folder;
  Database database = *Database::open(folder / "a.db", Database::Mode::create);

  void SetUp() override { ASSERT_TRUE(database.script("CREATE TABLE things (name TEXT UNIQUE, size INTEGER)")); }
  Result<> put(const std::string& name) { return database.run("INSERT INTO things (name) VALUES (?)", cells(name)); }
};

TEST_F(DatabaseTest, AStatementRunAgainHasItsOwnParameters) {
  ASSERT_TRUE(database.run("INSERT INTO things VALUES (?, ?)", cells("a", 1)));
  ASSERT_TRUE(database.run("INSERT INTO things VALUES (?, ?)", cells("b")));
  const auto rows = database.query("SELECT size FROM things ORDER BY name");
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->at(0).at("size"), 1);
  EXPECT_TRUE(rows->at(1).at("size").is_null()) << "not the former one's";
}

TEST_F(DatabaseTest, AStatementThatFailedCanBeRunAgain) {
  ASSERT_TRUE(put("a"));
  ASSERT_FALSE(put("a"));
  EXPECT_TRUE(put("b"));
  EXPECT_EQ(*database.number("SELECT count(*) FROM things"), 2);
}

TEST_F(DatabaseTest, AQueryRunAgainSeesAColumnThatWasAddedMeanwhile) {
  ASSERT_TRUE(put("a"));
  ASSERT_FALSE(database.query("SELECT * FROM things")->front().contains("colour"));
  auto other = *Database::open(folder / "a.db", Database::Mode::read_write);
  ASSERT_TRUE(other.run("ALTER TABLE things ADD COLUMN colour TEXT DEFAULT 'red'"));
  EXPECT_EQ(database.query("SELECT * FROM things")->front().at("colour"), "red");
}

TEST_F(DatabaseTest, AQueryThatWasRunHoldsUpNoOtherWriter) {
  ASSERT_TRUE(database.query("SELECT * FROM things"));
  auto other = *Database::open(folder / "a.db", Database::Mode::read_write);
  EXPECT_TRUE(other.run("DROP TABLE things"));
  EXPECT_FALSE(database.query("SELECT * FROM things"));
}

TEST_F(DatabaseTest, MoreStatementsThanAreKeptAllRun) {
  for (int at = 0; at < 200; ++at) {
    ASSERT_EQ(*database.number("SELECT " + std::to_string(at)), at);
  }
  EXPECT_EQ(*database.number("SELECT 0"), 0);
}

}  // namespace
}  // namespace argos
