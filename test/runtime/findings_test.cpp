// SPDX-License-Identifier: Apache-2.0
#include "runtime/findings.hpp"

#include <spdlog/fmt/fmt.h>

#include "test/support/support.hpp"

namespace argos {
namespace {

using namespace std::chrono_literals;

struct FindingsTest : testing::Test {
  test::TempFolder folder;
  test::ManualClock clock;
  std::unique_ptr<Store> store = test::ready_store(folder / "argos.db");
  Findings findings{*store, clock, "caddy"};
  Database other = *Database::open(folder / "argos.db", Database::Mode::read_write, 1000);

  static Finding at(const std::string& path, const std::string& found = "2") { return {path, std::nullopt, "1", found}; }
  // "/a 2 healed x1 closed first=0 last=0" each, times in seconds since the test began
  std::string told() {
    std::string out;
    const auto rows = other.query(
        "SELECT path, found, action, times, open, first_seen, last_seen FROM findings WHERE surface = 'caddy' ORDER BY path");
    const auto begun = std::chrono::duration_cast<std::chrono::milliseconds>(begin_.time_since_epoch()).count();
    for (const auto& row : *rows) {
      out += fmt::format("{}{} {} {} x{} {} first={} last={}", out.empty() ? "" : "; ", row.at("path").as_string().c_str(),
                         row.at("found").as_string().c_str(), row.at("action").as_string().c_str(), row.at("times").as_int64(),
                         row.at("open").as_int64() == 1 ? "open" : "closed", (row.at("first_seen").as_int64() - begun) / 1000,
                         (row.at("last_seen").as_int64() - begun) / 1000);
    }
    return out;
  }
  std::int64_t version() { return *other.number("PRAGMA data_version"); }

 private:
  WallTime begin_ = clock.wall();
};

TEST_F(FindingsTest, WhatWasPutRightIsOnRecordAsClosedAndCountsEachTime) {
  findings.note({at("/a")}, FindingAction::healed);
  EXPECT_EQ(told(), "/a 2 healed x1 closed first=0 last=0");
  clock.advance(5s);
  findings.note({at("/a", "3")}, FindingAction::healed);
  EXPECT_EQ(told(), "/a 3 healed x2 closed first=0 last=5");
}

TEST_F(FindingsTest, WhatWasLeftIsOpenUntilItIsGone) {
  findings.note({at("/a"), at("/b")}, FindingAction::reported);
  clock.advance(5s);
  findings.note({at("/b")}, FindingAction::reported);
  EXPECT_EQ(told(), "/a 2 reported x1 closed first=0 last=0; /b 2 reported x1 open first=0 last=5");
  findings.none();
  EXPECT_EQ(told(), "/a 2 reported x1 closed first=0 last=0; /b 2 reported x1 closed first=0 last=5");
}

TEST_F(FindingsTest, WhatComesBackCountsAgain) {
  findings.note({at("/a")}, FindingAction::reported);
  findings.none();
  clock.advance(7s);
  findings.note({at("/a")}, FindingAction::suspended);
  EXPECT_EQ(told(), "/a 2 suspended x2 open first=0 last=7");
}

TEST_F(FindingsTest, WhatStaysAsItIsIsWrittenOnceAMinute) {
  findings.note({at("/a")}, FindingAction::reported);
  const auto before = version();
  clock.advance(59s);
  findings.note({at("/a")}, FindingAction::reported);
  EXPECT_EQ(version(), before);
  clock.advance(1s);
  findings.note({at("/a")}, FindingAction::reported);
  EXPECT_EQ(told(), "/a 2 reported x1 open first=0 last=60") << "the same difference is no second one";
}

TEST_F(FindingsTest, NothingToCloseWritesNothing) {
  const auto before = version();
  findings.none();
  findings.none();
  EXPECT_EQ(version(), before);
}

TEST_F(FindingsTest, AnotherRunClosesWhatTheFormerLeftOpen) {
  findings.note({at("/a")}, FindingAction::reported);
  Findings next(*store, clock, "caddy");
  next.note({at("/a")}, FindingAction::reported);
  EXPECT_EQ(told(), "/a 2 reported x1 open first=0 last=0");
  Findings third(*store, clock, "caddy");
  third.none();
  EXPECT_EQ(told(), "/a 2 reported x1 closed first=0 last=0");
}

TEST_F(FindingsTest, OnePassMayDoBoth) {
  auto left = at("/a");
  left.action = FindingAction::suspended;
  findings.note({left, at("/b")}, FindingAction::healed);
  EXPECT_EQ(told(), "/a 2 suspended x1 open first=0 last=0; /b 2 healed x1 closed first=0 last=0");
}

TEST_F(FindingsTest, OtherSurfacesAreNotTouched) {
  Findings manifests(*store, clock, "manifests");
  manifests.note({at("/a")}, FindingAction::reported);
  findings.note({at("/a")}, FindingAction::reported);
  findings.none();
  EXPECT_EQ(*other.number("SELECT count(*) FROM findings WHERE surface = 'manifests' AND open = 1"), 1);
}

TEST_F(FindingsTest, WhatWasPutRightWhileTheDatabaseWasLockedIsWrittenLater) {
  ASSERT_TRUE(other.run("BEGIN IMMEDIATE"));
  findings.note({at("/a")}, FindingAction::healed);
  ASSERT_TRUE(other.run("ROLLBACK"));
  EXPECT_EQ(told(), "");
  findings.none();
  EXPECT_EQ(told(), "/a 2 healed x1 closed first=0 last=0");
  findings.none();
  EXPECT_EQ(told(), "/a 2 healed x1 closed first=0 last=0");
}

TEST_F(FindingsTest, ADifferenceNamesItsObjectAndIsMasked) {
  const boost::json::value wanted("old"), found("new");
  const auto one = finding_at({"/tls/api_token", &wanted, &found}, Key{Kind::host, "auth"}, "/hosts/auth");
  EXPECT_EQ(one.path, "/hosts/auth/tls/api_token");
  EXPECT_EQ(one.wanted, "\"***\"");
  EXPECT_EQ(one.found, "\"***\"");
  const auto other_one = finding_at({"/domain", &wanted, &found}, Key{Kind::host, "auth"}, "/hosts/auth");
  EXPECT_EQ(other_one.found, "\"new\"") << "an object's name is no name of a secret";
  findings.note({other_one}, FindingAction::healed);
  EXPECT_EQ(*other.number("SELECT count(*) FROM findings WHERE kind = 'hosts' AND name = 'auth'"), 1);
}

}  // namespace
}  // namespace argos
