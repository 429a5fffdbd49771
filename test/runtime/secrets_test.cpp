// SPDX-License-Identifier: Apache-2.0
// Who may seal in which database, and what a look at it tells.
#include "runtime/secrets.hpp"

#include "runtime/sealed.hpp"
#include "test/support/support.hpp"

namespace argos::test {
namespace {

const std::string kOld(64, 'a'), kNew(64, 'b'), kOther(64, 'c');
constexpr SecretName kName{"Certificate", "app", "key"};

struct SecretsTest : ::testing::Test {
  static Secrets with(const std::string& current, const std::vector<std::string>& previous = {}) {
    return Secrets(KeyRing(current, previous));
  }
  // A certificate whose key was sealed under that master key.
  void hold(const std::string& name, const std::string& key, std::string_view plain = "plain") {
    put(name, KeyRing(key, {}).seal({"Certificate", name, "key"}, plain).value());
  }
  void put(const std::string& name, const std::string& envelope) {
    ok(store->write(Actor{"test", ""}, [&](Database& database) {
      return database.run(
          "INSERT INTO host_manual_certs (name, key_pem_encrypted) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET "
          "key_pem_encrypted = excluded.key_pem_encrypted",
          cells(name, envelope));
    }));
  }
  // "sealed", or the reason why it was not.
  std::string seal(const Secrets& secrets) {
    std::string out;
    ok(store->read([&](Database& database) -> Result<> {
      const auto sealed = secrets.seal(database, kName, "x");
      out = sealed ? "sealed" : sealed.error().reason;
      return {};
    }));
    return out;
  }
  Result<bool> accept(const Secrets& secrets) {
    Result<bool> out = false;
    ok(store->write([&](Database& database) -> Result<> {
      out = secrets.accept(database, "alice");
      return {};
    }));
    return out;
  }
  Sealed look(const KeyRing& ring) {
    Sealed out;
    ok(store->read([&](Database& database) -> Result<> {
      out = look_at_sealed(database, ring).value();
      return {};
    }));
    return out;
  }
  std::int64_t number(const std::string& sql) {
    std::int64_t out = -1;
    ok(store->read([&](Database& database) -> Result<> {
      out = database.number(sql).value();
      return {};
    }));
    return out;
  }
  static void ok(const Result<>& done) { ASSERT_TRUE(done) << done.error().text(); }

  TempFolder folder;
  std::unique_ptr<Store> store = ready_store(folder / "argos.db");
};

TEST_F(SecretsTest, WithoutAKeyNothingIsSealed) { EXPECT_EQ(seal(with("")), "MasterKeyNotConfigured"); }

TEST_F(SecretsTest, WhereNothingLiesSealedAnyKeyMaySeal) { EXPECT_EQ(seal(with(kNew)), "sealed"); }

TEST_F(SecretsTest, ARotationMaySeal) {
  hold("app", kOld);
  EXPECT_EQ(seal(with(kNew, {kOld})), "sealed");
  EXPECT_EQ(seal(with(kNew, {kOther, kOld})), "sealed");
}

TEST_F(SecretsTest, AKeyThatSealedNothingOfAllThatLiesThereIsATypo) {
  hold("app", kOld);
  EXPECT_EQ(seal(with(kNew)), "WrongMasterKey");
  EXPECT_EQ(seal(with(kNew, {kOther})), "WrongMasterKey");
  hold("blog", kNew);
  EXPECT_EQ(seal(with(kNew)), "sealed");
}

TEST_F(SecretsTest, WhatLiesInTheHistoryCountsToo) {
  hold("app", kOld);
  ok(store->write(Actor{"test", ""}, [](Database& database) { return database.run("DELETE FROM host_manual_certs"); }));
  EXPECT_EQ(seal(with(kNew)), "WrongMasterKey");
  EXPECT_EQ(seal(with(kNew, {kOld})), "sealed");
}

TEST_F(SecretsTest, NonsenseInARowIsNoKeyOfAnybody) {
  put("app", "nonsense");
  EXPECT_EQ(seal(with(kNew)), "sealed");
}

TEST_F(SecretsTest, AcceptingAKeyIsOnRecordAndHoldsForThatKeyAlone) {
  hold("app", kOld);
  EXPECT_TRUE(accept(with(kNew)).value());
  EXPECT_EQ(seal(with(kNew)), "sealed");
  EXPECT_EQ(seal(with(kOther)), "WrongMasterKey");
  EXPECT_EQ(number("SELECT count(*) FROM audit_log WHERE action = 'KeyAccepted' AND actor = 'alice' AND name = '" +
                   with(kNew).ring().current_id() + "'"),
            1);
}

TEST_F(SecretsTest, AcceptingWhatIsTrustedAnywayIsNoNews) {
  EXPECT_FALSE(accept(with(kNew)).value());
  hold("app", kNew);
  EXPECT_FALSE(accept(with(kNew)).value());
  EXPECT_EQ(number("SELECT count(*) FROM audit_log"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM remembered"), 0);
}

TEST_F(SecretsTest, WithoutAKeyThereIsNothingToAccept) {
  hold("app", kOld);
  EXPECT_EQ(accept(with("")).error().reason, "MasterKeyNotConfigured");
  EXPECT_EQ(accept(with("", {kOther})).error().reason, "MasterKeyNotConfigured");
}

TEST_F(SecretsTest, ALookTellsWhatOpensWithWhichKey) {
  hold("app", kOld);
  hold("app", kNew);  // the former form stays in the history, before this change and after the one that made it
  hold("blog", kOther);
  put("shop", "nonsense");
  const KeyRing ring(kNew, {kOld});
  const auto sealed = look(ring);
  EXPECT_EQ(sealed.all, 8);
  EXPECT_EQ(sealed.current, 2);
  const auto& mine = sealed.by_key.at(ring.current_id());
  EXPECT_EQ(mine.rows, 1);
  EXPECT_EQ(mine.history, 1);
  EXPECT_EQ(sealed.by_key.at("").rows, 1);
  ASSERT_EQ(sealed.former.size(), 1U);
  EXPECT_EQ(sealed.former.front().history, 2);
  EXPECT_EQ(sealed.former.front().rows, 0);
  ASSERT_EQ(sealed.unreadable.size(), 2U);
  EXPECT_EQ(sealed.unreadable[0].value.name + " " + sealed.unreadable[0].reason, "blog WrongMasterKey");
  EXPECT_EQ(sealed.unreadable[1].value.name + " " + sealed.unreadable[1].reason, "shop BrokenEnvelope");
  EXPECT_EQ(sealed.unreadable_places(), 4);
}

TEST_F(SecretsTest, AnEnvelopeIsReplacedWhereverItLiesAndNowhereElse) {
  hold("app", kOld);
  hold("blog", kOld);
  const KeyRing ring(kNew, {kOld});
  const auto before = look(ring);
  ok(store->write(Actor{"secrets", ""}, [&](Database& database) {
    const auto& app = before.former.front();
    return replace_sealed(database, app, ring.seal(app.secret(), "plain").value());
  }));
  const auto after = look(ring);
  EXPECT_EQ(after.current, 2);
  ASSERT_EQ(after.former.size(), 1U);
  EXPECT_EQ(after.former.front().name, "blog");
}

TEST_F(SecretsTest, ADatabaseOfAnOlderArgosHasNothingSealed) {
  auto older = Database::open(folder / "older.db", Database::Mode::create);
  EXPECT_EQ(look_at_sealed(*older, KeyRing(kNew, {})).value().all, 0);
}

}  // namespace
}  // namespace argos::test
