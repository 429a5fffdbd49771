// SPDX-License-Identifier: Apache-2.0
// The small parts of the runtime: files, lock, children, workers, endpoints, remembered times.
#include <barrier>
#include <csignal>
#include <fstream>
#include <sys/stat.h>

#include "runtime/child.hpp"
#include "runtime/condition_times.hpp"
#include "runtime/files.hpp"
#include "runtime/http_client.hpp"
#include "runtime/lock.hpp"
#include "runtime/workers.hpp"
#include "test/support/caddy.hpp"
#include "test/support/support.hpp"

namespace argos {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

TEST(Files, AnAtomicWriteReplacesTheWholeFileAndSetsItsMode) {
  const test::TempFolder folder;
  const auto path = folder.write("a", "old and long");
  ASSERT_TRUE(write_atomically(path, "new", 0640));
  EXPECT_EQ(*read_file(path), "new");
  struct stat about {};
  ::stat(path.c_str(), &about);
  EXPECT_EQ(about.st_mode & 0777U, 0640U);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1) << "no temporary file is left";
}

TEST(Files, AWriteThatFailsLeavesTheOldFileAndNoTemporaryOne) {
  const test::TempFolder folder;
  fs::create_directories(folder / "a/in-the-way");
  const auto written = write_atomically(folder / "a", "new", 0600);
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, testing::HasSubstr(folder / "a"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1);
}

TEST(Files, AMissingAndATooLargeFileAreToldApart) {
  const test::TempFolder folder;
  EXPECT_EQ(read_file(folder / "none").error().reason, "NotFound");
  EXPECT_EQ(read_file(folder.write("big", std::string(11, 'x')), 10).error().reason, "TooLarge");
  EXPECT_EQ(read_file(folder.path()).error().reason, "CannotRead");
}

TEST(Files, Sha256IsTheStandardsOwnExample) {  // FIPS 180-4, "abc"
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Lock, ASecondOneIsToldWhoHoldsIt) {
  const test::TempFolder folder;
  const auto first = Lock::take(folder / "argos.lock");
  ASSERT_TRUE(first);
  const auto second = Lock::take(folder / "argos.lock");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().reason, "Locked");
  EXPECT_THAT(second.error().message, testing::HasSubstr("pid " + std::to_string(::getpid())));
  EXPECT_THAT(second.error().message, testing::HasSubstr("since 20"));
}

TEST(Lock, IsFreeAgainWhenItsHolderIsGone) {
  const test::TempFolder folder;
  { ASSERT_TRUE(Lock::take(folder / "argos.lock")); }
  EXPECT_TRUE(Lock::take(folder / "argos.lock"));
}

struct ChildTest : testing::Test {
  test::TempFolder folder;
  boost::asio::io_context context;
  std::unique_ptr<Child> start(std::vector<std::string> command) {
    auto child = Child::start(
        context.get_executor(),
        {.command = std::move(command), .environment = {{"GIVEN", "yes"}}, .folder = folder.path(), .log = folder / "log"});
    EXPECT_TRUE(child);
    return std::move(*child);
  }
};

TEST_F(ChildTest, ItsEndIsToldWithItsStatus) {
  auto child = start({"sh", "-c", "exit 7"});
  EXPECT_EQ(test::run(context, child->ended()), "exit status 7");
  EXPECT_FALSE(child->alive());
}

TEST_F(ChildTest, ASignalThatEndedItIsTold) {
  auto child = start({"sleep", "1000"});
  EXPECT_TRUE(child->alive());
  child->signal(SIGKILL);
  EXPECT_EQ(test::run(context, child->ended()), "signal 9");
}

TEST_F(ChildTest, AProgramThatIsNotThereIsTold) {
  auto child = start({"no-such-program-anywhere"});
  EXPECT_THAT(test::run(context, child->ended()), testing::HasSubstr("not found"));
}

TEST_F(ChildTest, OneThatIgnoresSigtermIsKilledInTheEnd) {
  auto child = start({"sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done"});
  ASSERT_TRUE(test::eventually([&] { return read_file(folder / "log").value() == "ready\n"; }));
  child->end(100ms);
  EXPECT_FALSE(child->alive());
}

TEST_F(ChildTest, ItSeesWhatItIsGivenAndNoneOfOurSecrets) {
  ::setenv("ARGOS_MASTER_KEY", "0123", 1);
  auto child = start({"env"});
  (void)test::run(context, child->ended());
  ::unsetenv("ARGOS_MASTER_KEY");
  const auto seen = read_file(folder / "log").value();
  EXPECT_THAT(seen, testing::HasSubstr("GIVEN=yes"));
  EXPECT_THAT(seen, testing::HasSubstr("PATH="));
  EXPECT_THAT(seen, testing::Not(testing::HasSubstr("ARGOS_MASTER_KEY")));
}

TEST_F(ChildTest, ItHasAProcessGroupOfItsOwn) {
  auto child = start({"sleep", "1000"});
  EXPECT_TRUE(test::eventually([&] { return ::getpgid(child->pid()) == child->pid(); }));
}

TEST(Workers, AJobRunsElsewhereAndItsResultComesBackToTheLoop) {
  boost::asio::io_context context;
  Workers workers;
  const auto loop = std::this_thread::get_id();
  const auto job = [](Workers& pool, std::thread::id caller) -> Task<bool> {
    const auto elsewhere = co_await pool.run([] { return std::this_thread::get_id(); });
    co_return elsewhere != caller&& std::this_thread::get_id() == caller;
  };
  EXPECT_TRUE(test::run(context, job(workers, loop)));
}

TEST(Workers, AJobsExceptionIsThrownOnTheLoop) {
  boost::asio::io_context context;
  Workers workers;
  EXPECT_THROW((void)test::run(context, workers.run([]() -> int { throw std::runtime_error("job"); })), std::runtime_error);
}

TEST(Workers, EachOfManyIsDoneOnTwoThreadsAndTheAnswersKeepTheirOrder) {
  boost::asio::io_context context;
  Workers workers;
  std::barrier<> both(2);  // passed by two threads at once, or never
  const auto twice = [&both](const int& item) {
    if (item < 2) both.arrive_and_wait();
    return 2 * item;
  };
  EXPECT_THAT(test::run(context, workers.map(std::vector{0, 1, 2, 3}, twice)), testing::ElementsAre(0, 2, 4, 6));
  EXPECT_THAT(test::run(context, workers.map(std::vector<int>(), twice)), testing::IsEmpty());
}

TEST(Workers, AnExceptionOfOneOfManyIsThrownOnTheLoop) {
  boost::asio::io_context context;
  Workers workers;
  const auto job = [](const int& item) -> int { return item == 1 ? throw std::runtime_error("job") : item; };
  EXPECT_THROW((void)test::run(context, workers.map(std::vector{0, 1, 2}, job)), std::runtime_error);
}

TEST(Workers, WhoeverIsCancelledWaitsForTheJobAndNothingElseEnds) {
  constexpr int kRounds = 3000;  // the cancellation meets the job at its beginning, in its middle, at its end
  boost::asio::io_context context;
  Workers workers;
  std::atomic<int> done = 0;
  for (int round = 0; round < kRounds; ++round) {
    boost::asio::cancellation_signal cut;
    bool over = false;
    const auto end = [&](const std::exception_ptr&, int) { over = true; };
    boost::asio::co_spawn(context, workers.run([&done] { return ++done; }),
                          boost::asio::bind_cancellation_slot(cut.slot(), end));
    context.restart();
    context.poll();
    const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(round % 60);
    while (std::chrono::steady_clock::now() < until) {
    }
    boost::asio::post(context, [&] { cut.emit(boost::asio::cancellation_type::terminal); });  // as on the loop
    while (!over) {
      context.restart();
      context.run_one();
    }
    context.restart();
    context.poll();
  }
  EXPECT_EQ(done, kRounds);
}

TEST(EndpointText, TcpAndSocketAddressesRoundTrip) {
  for (const char* text : {"http://localhost:2019", "http://127.0.0.1:80", "http://[::1]:2019", "unix:///run/caddy.sock"}) {
    const auto endpoint = Endpoint::parse(text);
    ASSERT_TRUE(endpoint) << text;
    EXPECT_EQ(endpoint->text(), text);
  }
}

TEST(EndpointText, WhatIsNoEndpointIsRefused) {
  for (const char* text :
       {"", "localhost:2019", "https://localhost:2019", "http://localhost:2019/config", "unix://relative", "http://"}) {
    EXPECT_FALSE(Endpoint::parse(text)) << text;
  }
  EXPECT_FALSE(Endpoint::parse("unix:///" + std::string(200, 'x')));
}

TEST(HttpClient, NobodyThereIsUnreachable) {
  const test::TempFolder folder;
  boost::asio::io_context context;
  BeastHttpClient client;
  const auto answer = test::run(context, client.send(*Endpoint::parse("unix://" + (folder / "none.sock")), {}, 1s));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().reason, "Unreachable");
}

TEST(HttpClient, AServerIsFoundByItsNameAndByItsAddress) {
  test::Backend backend("here");
  boost::asio::io_context context;
  BeastHttpClient client;
  for (const auto* const host : {"127.0.0.1", "localhost"}) {
    const auto endpoint = *Endpoint::parse("http://" + std::string(host) + ":" + std::to_string(backend.port()));
    const auto answer = test::run(context, client.send(endpoint, {}, 5s));
    ASSERT_TRUE(answer) << host;
    EXPECT_EQ(boost::json::parse(answer->body).at("host").as_string(), endpoint.text().substr(sizeof("http://") - 1));
  }
}

TEST(ConditionTimes, OutliveARestart) {
  const test::TempFolder folder;
  const Key app{Kind::host, "app"};
  test::ManualClock clock;
  const auto since = clock.wall();
  {
    boost::asio::io_context context;
    const auto store = test::ready_store(folder / "argos.db");
    Conditions conditions(clock);
    ConditionTimes times(*store, conditions);
    conditions.set(app, {"Programmed", Status::yes, "Programmed", "", 1, {}});
    boost::asio::co_spawn(context, times.run({}), [](const std::exception_ptr&) {});
    auto reader = Database::open(store->path(), Database::Mode::read_only);
    ASSERT_TRUE(test::eventually([&] {
      context.run_one_for(10ms);
      return reader->number("SELECT count(*) FROM condition_times").value() > 0;
    }));
  }
  clock.advance(1h);
  const auto store = test::ready_store(folder / "argos.db");
  Conditions conditions(clock);
  const ConditionTimes times(*store, conditions);
  store->set_ready(false);
  store->set_ready(true);
  conditions.set(app, {"Programmed", Status::yes, "Programmed", "", 1, {}});
  EXPECT_EQ(conditions.find(app, "Programmed")->last_transition, since);
}

}  // namespace
}  // namespace argos
