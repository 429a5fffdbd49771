// SPDX-License-Identifier: Apache-2.0
// A verb that somebody wants done once is a row: asked for by anybody, taken, taken up again, ended once.
#include "runtime/requests.hpp"

#include <boost/json.hpp>

#include "runtime/revisions.hpp"
#include "test/support/support.hpp"

namespace argos {
namespace {

const Key kApp{Kind::host, "app"};

struct Requests : testing::Test {
  test::TempFolder folder;
  test::ManualClock clock;
  std::unique_ptr<Store> store = test::ready_store(folder / "argos.db");

  template <class F>
  auto write(F job) {
    decltype(job(std::declval<Database&>())) out = Error{};
    const auto done = store->write({"alice", "argos renew"}, [&](Database& database) -> Result<> {
      out = job(database);
      return {};
    });
    EXPECT_TRUE(done);
    return out;
  }
  std::int64_t ask_for(const Key& key) {
    return write([&](Database& database) { return ask(database, "renew", key); }).value();
  }
  VerbRequest read(std::int64_t id) {
    return **write([&](Database& database) { return read_request(database, id); });
  }
  std::vector<VerbRequest> open() {
    return *write([&](Database& database) { return open_requests(database, "renew"); });
  }
  void end(std::int64_t id, bool done, const std::string& reason) {
    EXPECT_TRUE(write([&](Database& database) { return finish(database, id, {done, reason, "so it was"}, clock.wall()); }));
  }
  void sql(const std::string& statement) {
    auto other = Database::open(folder / "argos.db", Database::Mode::read_write, 1000);
    ASSERT_TRUE(other->script(statement)) << statement;
    store->poll_others();
  }
};

TEST_F(Requests, SayWhoAskedAndByWhichWay) {
  const auto request = read(ask_for(kApp));
  EXPECT_EQ(request.object, kApp);
  EXPECT_EQ(request.state, RequestState::pending);
  EXPECT_EQ(request.requested_by, "alice");
  EXPECT_EQ(request.requested_from, "argos renew");
  EXPECT_FALSE(request.requested_at.empty());
}

TEST_F(Requests, ARowWrittenByHandIsOneLikeAnyOther) {
  sql("INSERT INTO requests (verb, kind, name) VALUES ('renew', 'hosts', 'app')");
  ASSERT_EQ(open().size(), 1U);
  EXPECT_EQ(open().front().object, kApp);
  EXPECT_EQ(open().front().requested_by, "outside");
}

TEST_F(Requests, TheSameOneTwiceIsOneUntilItEnds) {
  const auto first = ask_for(kApp);
  EXPECT_EQ(ask_for(kApp), first);
  EXPECT_NE(ask_for({Kind::host, "other"}), first);
  end(first, true, "Renewed");
  EXPECT_NE(ask_for(kApp), first);
}

TEST_F(Requests, WakeWhoeverWatchesThemWhenAskedForTakenAndEnded) {
  std::vector<std::string> woken;
  store->watch(Kind::request, [&](const Key& key, std::string_view) { woken.push_back(key.name); });
  const auto id = ask_for(kApp);
  EXPECT_TRUE(write([&](Database& database) { return take(database, id, {{"since", 1}}); }));
  EXPECT_TRUE(write([&](Database& database) { return take(database, id, {{"since", 1}}); })) << "no difference";
  end(id, true, "Renewed");
  EXPECT_THAT(woken, testing::ElementsAre("1", "1", "1"));
}

TEST_F(Requests, ATakenOneIsStillOpenForWhoeverComesNextWithHowFarItWas) {
  const auto id = ask_for(kApp);
  EXPECT_TRUE(write([&](Database& database) { return take(database, id, {{"since", 7}}); }));
  store = test::ready_store(folder / "argos.db");
  ASSERT_EQ(open().size(), 1U);
  EXPECT_EQ(open().front().state, RequestState::running);
  EXPECT_EQ(open().front().progress, (boost::json::object{{"since", 7}}));
}

TEST_F(Requests, EndOnce) {
  const auto id = ask_for(kApp);
  end(id, false, "AcmeError");
  end(id, true, "Renewed");
  EXPECT_TRUE(write([&](Database& database) { return take(database, id, {}); }));
  const auto request = read(id);
  EXPECT_EQ(request.state, RequestState::failed);
  EXPECT_EQ(request.reason, "AcmeError");
  EXPECT_EQ(request.message, "so it was");
  EXPECT_FALSE(request.finished_at.empty());
  EXPECT_TRUE(open().empty());
}

TEST_F(Requests, OldOnesAreForgottenOpenOnesNever) {
  const auto waiting = ask_for({Kind::host, "waiting"});
  sql("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200) INSERT INTO requests (verb, state) "
      "SELECT 'renew', 'done' FROM n");
  const auto last = ask_for(kApp);
  end(last, true, "Renewed");
  const auto kept = write([](Database& database) { return database.number("SELECT count(*) FROM requests"); });
  EXPECT_EQ(*kept, kRequestsKept + 1);
  EXPECT_EQ(read(waiting).state, RequestState::pending);
  EXPECT_EQ(read(last).state, RequestState::done);
}

TEST_F(Requests, AreNoHistory) {
  sql("INSERT INTO hosts (name) VALUES ('app')");
  for (int at = 0; at < 5; ++at) end(ask_for(kApp), true, "Renewed");
  const auto revisions = write([](Database& database) { return read_revisions(database, {.limit = 3}); });
  ASSERT_EQ(revisions->size(), 1U);
  EXPECT_EQ(revisions->front().key, kApp);
}

}  // namespace
}  // namespace argos
