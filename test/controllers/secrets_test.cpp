// SPDX-License-Identifier: Apache-2.0
#include "controllers/secrets.hpp"

#include <gmock/gmock.h>

#include "runtime/key_report.hpp"
#include "runtime/rows.hpp"
#include "test/support/support.hpp"

namespace argos {
namespace {

const std::string kOld(64, 'a'), kNew(64, 'b'), kOther(64, 'c');

struct SecretsKeeperTest : testing::Test {
  test::TempFolder folder;
  boost::asio::io_context context;
  test::ManualClock clock;
  Conditions conditions{clock};
  std::unique_ptr<Store> store = test::ready_store(folder / "argos.db");
  Database other = *Database::open(folder / "argos.db", Database::Mode::read_write, 1000);

  void add(const std::string& name, const std::string& key) {
    const auto envelope = KeyRing(key, {}).seal({"Certificate", name, "key"}, "secret of " + name).value();
    ASSERT_TRUE(other.run("INSERT INTO host_manual_certs (name, host, key_pem_encrypted) VALUES (?, ?, ?)",
                          cells(name, name, envelope)));
  }
  // Steps until nothing is due.
  Condition settle(const KeyRing& ring) {
    const Secrets secrets(ring);
    Controller controller(std::make_unique<SecretsKeeper>(*store, secrets), conditions, clock);
    controller.mark(controller.key(), "test");
    test::settle(context, controller);
    return *conditions.find(controller.key(), "Ready");
  }
  std::int64_t number(const std::string& sql) { return *other.number(sql); }
  std::int64_t sealed_by(const std::string& key) {
    return number("SELECT count(*) FROM sealed WHERE envelope LIKE 'argos.v1." + KeyRing(key, {}).current_id() + ".%'");
  }
  std::string opened(const std::string& key, const std::string& name) {
    const auto rows =
        other.query("SELECT key_pem_encrypted AS envelope FROM host_manual_certs WHERE name = ?", cells(name)).value();
    return std::string(
        KeyRing(key, {}).open({"Certificate", name, "key"}, rows.front().at("envelope").as_string()).value().text());
  }
};

TEST_F(SecretsKeeperTest, WhatAFormerKeySealedIsSealedAnewHistoryToo) {
  for (int at = 0; at < 60; ++at) add("c" + std::to_string(at), kOld);
  const auto changes = number("SELECT max(seq) FROM changes");
  EXPECT_EQ(settle(KeyRing(kNew, {kOld})).status, Status::yes);
  EXPECT_EQ(sealed_by(kOld), 0);
  EXPECT_EQ(sealed_by(kNew), 120);  // rows, and what the history holds of them
  EXPECT_EQ(opened(kNew, "c7"), "secret of c7");
  EXPECT_EQ(number("SELECT max(seq) FROM changes"), changes) << "it is no change of what is wanted";
}

TEST_F(SecretsKeeperTest, AnyMixOfKeysIsLegal) {
  add("a", kOld);
  add("b", kNew);
  add("c", kOther);
  EXPECT_EQ(settle(KeyRing(kNew, {kOther, kOld})).status, Status::yes);
  for (const std::string name : {"a", "b", "c"}) EXPECT_EQ(opened(kNew, name), "secret of " + name);
}

TEST_F(SecretsKeeperTest, WhatNoKeyOpensStaysToTheByte) {
  add("a", kOther);
  add("b", kNew);
  const auto before = other.query("SELECT * FROM sealed WHERE subject = 'a'").value();
  EXPECT_EQ(settle(KeyRing(kNew, {kOld})).status, Status::yes);
  EXPECT_EQ(other.query("SELECT * FROM sealed WHERE subject = 'a'").value(), before);
}

TEST_F(SecretsKeeperTest, AKeyThatOpensNothingIsSaidAndChangesNothing) {
  add("a", kOld);
  const auto before = other.query("SELECT * FROM sealed").value();
  const auto ready = settle(KeyRing(kNew, {}));
  EXPECT_EQ(ready.status, Status::no);
  EXPECT_EQ(ready.reason, "WrongMasterKey");
  EXPECT_EQ(other.query("SELECT * FROM sealed").value(), before);
  const Secrets secrets(KeyRing(kNew, {}));
  ASSERT_TRUE(store->write([&](Database& database) -> Result<> {
    const auto accepted = secrets.accept(database, "somebody");
    return accepted ? Result<>{} : Result<>(accepted.error());
  }));
  EXPECT_EQ(settle(KeyRing(kNew, {})).status, Status::yes);
  EXPECT_EQ(settle(KeyRing(kOther, {})).reason, "WrongMasterKey") << "it was that key that was accepted, no other";
}

TEST_F(SecretsKeeperTest, WithoutAKeyNothingIsWrong) {
  add("a", kOld);
  EXPECT_EQ(settle(KeyRing()).status, Status::yes);
}

TEST_F(SecretsKeeperTest, TheReportSaysWhenAFormerKeyMayGo) {
  add("a", kOld);
  const Secrets secrets(KeyRing(kNew, {kOld}));
  const auto report = [&] { return key_report(other, secrets).value(); };
  EXPECT_EQ(report().at("previousMayGo"), false);
  settle(KeyRing(kNew, {kOld}));
  EXPECT_EQ(report().at("previousMayGo"), true);
  EXPECT_EQ(report().at("unreadable"), 0);
}

}  // namespace
}  // namespace argos
