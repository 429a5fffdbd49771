// SPDX-License-Identifier: Apache-2.0
#include "controllers/secrets.hpp"

#include <boost/json.hpp>
#include <spdlog/fmt/fmt.h>

#include "test/support/support.hpp"

namespace argos {
namespace {

using testing::HasSubstr;

const std::string kOld(64, 'a'), kNew(64, 'b'), kOther(64, 'c');

struct SecretsKeeperTest : testing::Test {
  test::TempFolder folder;
  boost::asio::io_context context;
  test::ManualClock clock;
  Conditions conditions{clock};
  Workers workers;
  std::unique_ptr<Store> store = test::ready_store(folder / "argos.db");
  Database other = *Database::open(folder / "argos.db", Database::Mode::read_write, 1000);
  std::unique_ptr<Secrets> secrets;
  std::unique_ptr<Controller> controller;

  // A start of argos with these keys.
  void start(const std::string& current, const std::vector<std::string>& previous = {}) {
    controller.reset();
    secrets = std::make_unique<Secrets>(KeyRing(current, previous));
    controller =
        std::make_unique<Controller>(std::make_unique<SecretsKeeper>(*store, workers, conditions, *secrets), conditions, clock);
  }
  void look() {
    controller->mark(controller->key(), "test");
    test::settle(context, *controller);
  }
  void look_with(const std::string& current, const std::vector<std::string>& previous = {}) {
    start(current, previous);
    look();
  }
  static std::string plain_of(const std::string& name) { return "the key of " + name; }
  void hold(const std::string& name, const std::string& key) {
    put(name, KeyRing(key, {}).seal({"Certificate", name, "key"}, plain_of(name)).value());
  }
  void put(const std::string& name, const std::string& envelope) {
    const auto done = store->write(Actor{"test", ""}, [&](Database& database) {
      return database.run(
          "INSERT INTO host_manual_certs (name, key_pem_encrypted) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET "
          "key_pem_encrypted = excluded.key_pem_encrypted",
          cells(name, envelope));
    });
    ASSERT_TRUE(done) << done.error().text();
  }
  std::int64_t number(const std::string& query) { return *other.number(query); }
  // Everything that lies sealed, byte for byte.
  std::string bytes() { return dump("SELECT * FROM sealed ORDER BY place, seq, subject"); }
  std::string dump(const std::string& query) {
    std::string out;
    for (const auto& row : *other.query(query)) out += boost::json::serialize(row) + "\n";
    return out;
  }
  // How many places open with this key alone, as what they should.
  int opening_with(const std::string& key) {
    const KeyRing ring(key, {});
    int out = 0;
    for (const auto& row : *other.query("SELECT subject, envelope FROM sealed")) {
      const std::string name(row.at("subject").as_string());
      const auto opened = ring.open({"Certificate", name, "key"}, row.at("envelope").as_string());
      if (opened && opened->text() == plain_of(name)) ++out;
    }
    return out;
  }
  std::string condition(std::string_view type) {
    const auto* const held = conditions.find(controller->key(), type);
    return held == nullptr ? "none" : fmt::format("{} {}", to_string(held->status), held->reason);
  }
  boost::json::object report() {
    const auto found = look_at_keys(store->path(), *secrets);
    return key_report(found.value(), secrets->ring());
  }
};

TEST_F(SecretsKeeperTest, ARotationSealsRowsAndHistoryUnderTheNewKey) {
  hold("app", kOld);
  hold("app", kOld);
  hold("blog", kOld);
  const auto places = number("SELECT count(*) FROM sealed");
  ASSERT_EQ(places, 6);
  look_with(kNew, {kOld});
  EXPECT_EQ(opening_with(kNew), places);
  EXPECT_EQ(condition("Ready"), "True Reconciled");
  EXPECT_EQ(condition("Sealed"), "True UnderCurrentKey");
  EXPECT_THAT(conditions.find(controller->key(), "Sealed")->message, HasSubstr("ARGOS_MASTER_KEY_PREVIOUS may go"));
  EXPECT_TRUE(report().at("previousMayGo").as_bool());
}

TEST_F(SecretsKeeperTest, WhatIsSealedAnewIsNoChangeOfWhatIsWanted) {
  hold("app", kOld);
  const auto row = "SELECT name, generation, created FROM host_manual_certs";
  const auto feed = "SELECT seq, kind, name, at, what, actor FROM changes";
  const auto before = dump(row) + dump(feed);
  look_with(kNew, {kOld});
  EXPECT_EQ(opening_with(kNew), 2);
  EXPECT_EQ(dump(row) + dump(feed), before);
}

TEST_F(SecretsKeeperTest, TheRowAndItsHistoryStayTheSame) {
  hold("app", kOld);
  look_with(kNew, {kOld});
  EXPECT_EQ(number("SELECT count(DISTINCT envelope) FROM sealed"), 1);
}

TEST_F(SecretsKeeperTest, WhatIsUnderTheCurrentKeyIsLeftAlone) {
  hold("app", kNew);
  const auto before = bytes();
  look_with(kNew, {kOld});
  EXPECT_EQ(bytes(), before);
}

TEST_F(SecretsKeeperTest, AnyMixOfKeysIsLegal) {
  hold("app", kOld);
  hold("blog", kOther);
  hold("shop", kNew);
  look_with(kNew, {kOther, kOld});
  EXPECT_EQ(opening_with(kNew), number("SELECT count(*) FROM sealed"));
}

TEST_F(SecretsKeeperTest, WhatCannotBeOpenedStaysToTheByteAndIsCounted) {
  hold("app", kOld);
  hold("lost", kOther);
  put("broken", "argos.v1.0123456789abcdef.AAAA");
  put("moved", KeyRing(kOld, {}).seal({"Certificate", "app", "key"}, "x").value());
  const auto theirs = "SELECT * FROM sealed WHERE subject <> 'app' ORDER BY place, seq";
  const auto before = dump(theirs);
  look_with(kNew, {kOld});
  EXPECT_EQ(dump(theirs), before);
  EXPECT_EQ(opening_with(kNew), 2);
  EXPECT_EQ(condition("Ready"), "True Reconciled");
  EXPECT_EQ(condition("Sealed"), "False Unreadable");
  const auto told = report();
  EXPECT_EQ(told.at("unreadable"), 6);
  EXPECT_EQ(told.at("values"), 8);
  EXPECT_TRUE(told.at("previousMayGo").as_bool()) << "no former key is of any use any more";
  EXPECT_EQ(told.at("items").as_array().size(), 3U);
}

TEST_F(SecretsKeeperTest, MoreThanOneLookTakesIsDoneInSeveral) {
  constexpr auto kCount = SecretsKeeper::kMostAtOnce + 5;
  const KeyRing old(kOld, {});
  const auto done = store->write(Actor{"test", ""}, [&](Database& database) -> Result<> {
    for (std::size_t at = 0; at < kCount; ++at) {
      const auto name = fmt::format("c{}", at);
      const auto put = database.run("INSERT INTO host_manual_certs (name, key_pem_encrypted) VALUES (?, ?)",
                                    cells(name, old.seal({"Certificate", name, "key"}, plain_of(name)).value()));
      if (!put) return put;
    }
    return {};
  });
  ASSERT_TRUE(done);
  start(kNew, {kOld});
  controller->mark(controller->key(), "test");
  ASSERT_TRUE(test::run(context, controller->step()));
  EXPECT_EQ(opening_with(kNew), 2 * SecretsKeeper::kMostAtOnce);
  EXPECT_EQ(conditions.find(controller->key(), "Sealed"), nullptr) << "not before all of it is done";
  test::settle(context, *controller);
  EXPECT_EQ(opening_with(kNew), 2 * kCount);
}

TEST_F(SecretsKeeperTest, AnInterruptedRotationIsTakenUpAgainAlsoWithYetAnotherKey) {
  for (int at = 0; at < 30; ++at) hold(fmt::format("c{}", at), kOld);
  ASSERT_TRUE(other.script("BEGIN IMMEDIATE"));  // whoever it is: nothing can be written
  look_with(kNew, {kOld});
  EXPECT_EQ(condition("Ready"), "False DatabaseBusy");
  ASSERT_TRUE(other.script("ROLLBACK"));
  EXPECT_EQ(opening_with(kOld), 60);
  hold("c7", kNew);
  look_with(kOther, {kNew, kOld});
  EXPECT_EQ(opening_with(kOther), number("SELECT count(*) FROM sealed"));
}

TEST_F(SecretsKeeperTest, AWrongKeyChangesNothingAndIsNotReady) {
  hold("app", kOld);
  const auto before = bytes();
  look_with(kNew);
  EXPECT_EQ(bytes(), before);
  EXPECT_EQ(condition("Ready"), "False WrongMasterKey");
  EXPECT_EQ(condition("Stalled"), "True WrongMasterKey");
  EXPECT_EQ(condition("Sealed"), "False WrongMasterKey");
  EXPECT_EQ(report().at("verdict").at("reason"), "WrongMasterKey");
  EXPECT_FALSE(report().at("previousMayGo").as_bool());
}

TEST_F(SecretsKeeperTest, AnAcceptedKeyIsReadyAndStillChangesNothing) {
  hold("app", kOld);
  const auto before = bytes();
  look_with(kNew);
  ASSERT_TRUE(store->write([&](Database& database) -> Result<> {
    EXPECT_TRUE(secrets->accept(database, "alice").value());
    return {};
  }));
  look();
  EXPECT_EQ(bytes(), before);
  EXPECT_EQ(condition("Ready"), "True Reconciled");
  EXPECT_EQ(condition("Stalled"), "False Reconciled");
  EXPECT_EQ(condition("Sealed"), "False Unreadable");
  look_with(kNew, {kOld});  // the lost key is found
  EXPECT_EQ(condition("Sealed"), "True UnderCurrentKey");
}

TEST_F(SecretsKeeperTest, WithoutAKeyItIsReadyAndSaysWhatCannotBeRead) {
  look_with("");
  EXPECT_EQ(condition("Ready"), "True Reconciled");
  EXPECT_EQ(condition("Sealed"), "Unknown MasterKeyNotConfigured");
  hold("app", kOld);
  const auto before = bytes();
  look();
  EXPECT_EQ(bytes(), before);
  EXPECT_EQ(condition("Ready"), "True Reconciled");
  EXPECT_EQ(condition("Sealed"), "False MasterKeyNotConfigured");
  EXPECT_THAT(conditions.find(controller->key(), "Sealed")->message, HasSubstr("2 sealed values"));
}

TEST_F(SecretsKeeperTest, FormerKeysAloneSealNothing) {
  hold("app", kOld);
  const auto before = bytes();
  look_with("", {kOld});
  EXPECT_EQ(bytes(), before);
  EXPECT_EQ(condition("Sealed"), "False MasterKeyNotConfigured");
  EXPECT_FALSE(report().at("previousMayGo").as_bool());
}

TEST_F(SecretsKeeperTest, WhereAllIsWellNothingIsWritten) {
  hold("app", kNew);
  start(kNew);
  look();
  const auto version = number("PRAGMA data_version");
  look();
  EXPECT_EQ(number("PRAGMA data_version"), version) << "it committed something";
}

TEST_F(SecretsKeeperTest, NeitherKeysNorSecretsAreToldAnywhere) {
  hold("app", kOld);
  hold("lost", kOther);
  look_with(kNew, {kOld});
  auto told = boost::json::serialize(report());
  for (const auto& condition : conditions.of(controller->key())) told += condition.message;
  for (const auto& secret : {kOld, kNew, plain_of("app"), plain_of("lost")}) EXPECT_EQ(told.find(secret), std::string::npos);
}

}  // namespace
}  // namespace argos
