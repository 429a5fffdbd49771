// SPDX-License-Identifier: Apache-2.0
// Server-sent events over real sockets: told as things change, resumed where a reader left off, and nothing queued for the slow.
#include "panel/events.hpp"

#include "test/panel/panel_fixture.hpp"

namespace argos::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

struct EventsTest : PanelTest {
  Socket listen_to_events(const std::string& last_id = "") {
    asio::local::stream_protocol::socket local(loop.executor());
    local.connect(asio::local::stream_protocol::endpoint(socket_path));
    Socket socket(std::move(local));
    const auto resume = last_id.empty() ? "" : "Last-Event-ID: " + last_id + "\r\n";
    asio::write(socket, asio::buffer("GET /api/v1/events HTTP/1.1\r\nHost:\r\n" + resume + "\r\n"));
    return socket;
  }
  std::string until(Socket& socket, const std::string& what) { return loop.run(read_until(socket, what)); }
};

std::string last_id_in(const std::string& text) {
  const auto at = text.rfind("id: ") + 4;
  return text.substr(at, text.find('\n', at) - at);
}

TEST_F(EventsTest, ChangesAndConditionsAreToldAsTheyHappen) {
  auto socket = listen_to_events();
  EXPECT_THAT(until(socket, "event: ready"),
              AllOf(HasSubstr("200 OK"), HasSubstr("text/event-stream"), Not(HasSubstr("reset"))));
  ASSERT_EQ(put("/api/v1/hosts/app", kHost).status, 201);
  EXPECT_THAT(until(socket, "\"what\":\"created\""), HasSubstr(R"({"kind":"Host","name":"app")"));
  found({Kind::host, "app"}, "Programmed", Status::no, "CaddyUnreachable", 7);
  EXPECT_THAT(until(socket, "CaddyUnreachable"), HasSubstr("event: condition"));
}

TEST_F(EventsTest, AnotherProgramsChangeIsToldToo) {
  auto socket = listen_to_events();
  (void)until(socket, "event: ready");
  sql("INSERT INTO hosts (name, domain, target_group) VALUES ('x', 'x.example.com', 'x')");
  store->poll_others();
  EXPECT_THAT(until(socket, "\"what\":\"created\""), HasSubstr("\"name\":\"x\""));
}

TEST_F(EventsTest, AConditionThatSaysSomethingElseIsToldThoughItsStatusStays) {
  auto socket = listen_to_events();
  (void)until(socket, "event: ready");
  found({Kind::host, "app"}, "Accepted", Status::yes, "Accepted", 1);
  (void)until(socket, "\"observedGeneration\":1");
  found({Kind::host, "app"}, "Accepted", Status::yes, "Accepted", 2);
  EXPECT_THAT(until(socket, "\"observedGeneration\":2"), HasSubstr("event: condition"));
}

TEST_F(EventsTest, AConditionThatNoLongerAppliesIsToldToo) {
  found({Kind::host, "app"}, "Suspended", Status::yes, "Suspended", 1);
  auto socket = listen_to_events();
  (void)until(socket, "event: ready");
  conditions.drop({Kind::host, "app"}, "Suspended");
  EXPECT_THAT(until(socket, "\"Suspended\"}"), HasSubstr(R"(event: dropped
data: {"kind":"Host","name":"app","type":"Suspended"})"));
}

TEST_F(EventsTest, WhoeverComesBackMissesNothingAndHearsNothingTwice) {
  std::string id;
  {
    auto socket = listen_to_events();
    (void)until(socket, "event: ready");
    ready("caddy", Status::no, "First", "");
    id = last_id_in(until(socket, "\"First\""));
  }
  ready("caddy", Status::no, "Second", "");
  ASSERT_EQ(put("/api/v1/hosts/app", kHost).status, 201);
  auto socket = listen_to_events(id);
  EXPECT_THAT(until(socket, "\"what\":\"created\""),
              AllOf(HasSubstr("\"Second\""), Not(HasSubstr("\"First\"")), Not(HasSubstr("reset"))));
}

TEST_F(EventsTest, AfterARestartOfArgosTheFeedTellsWhatWasMissed) {
  const auto epoch = feed_place(*store)->epoch;
  ASSERT_EQ(put("/api/v1/hosts/a", kHost).status, 201);
  const auto seq = count("SELECT max(seq) FROM changes");
  ASSERT_EQ(put("/api/v1/hosts/b", {{"domain", "b.example.com"}, {"targetGroup", "b"}}).status, 201);
  auto socket = listen_to_events(epoch + "." + std::to_string(seq) + ".0badcafe.7");
  EXPECT_THAT(until(socket, "event: ready"), AllOf(HasSubstr("\"name\":\"b\""), Not(HasSubstr("\"name\":\"a\"")),
                                                   HasSubstr("event: condition"), Not(HasSubstr("event: reset"))));
}

TEST_F(EventsTest, WhoeverWasAwayTooLongOrInAnotherHistoryIsToldToReadAnew) {
  for (const auto* const id : {"0123456789abcdef.1.0badcafe.7", "nonsense", "....", "0123456789abcdef.1.0badcafe.7.8"}) {
    auto socket = listen_to_events(id);
    EXPECT_THAT(until(socket, "event: ready"), HasSubstr("event: reset")) << id;
  }
}

TEST_F(EventsTest, ASlowReaderIsDroppedAndNothingIsQueuedForIt) {
  auto socket = listen_to_events();
  (void)until(socket, "event: ready");
  const std::string long_text(4'000, 'x');
  constexpr int kMany = 2'000;  // 8 MB; the kernel holds some of it, argos 64 events
  for (int at = 0; at < kMany; ++at) {
    ready("caddy", Status::no, "R" + std::to_string(at), long_text);
    if (at % 50 == 0) loop.step();
  }
  EXPECT_THAT(loop.run(read_all_of(socket)), Not(HasSubstr("\"R1999\"")));  // cut off long before
}

TEST_F(EventsTest, MoreReadersThanAreServedAreToldToComeBack) {
  std::vector<Socket> readers;
  for (int at = 0; at < 8; ++at) {
    readers.push_back(listen_to_events());
    (void)until(readers.back(), "event: ready");
  }
  const auto refused = ask("GET", "/api/v1/events");
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(reason(refused), "TooManyReaders");
}

TEST_F(EventsTest, AReaderThatGoesAwayMakesRoom) {
  {
    auto socket = listen_to_events();
    (void)until(socket, "event: ready");
    EXPECT_EQ(events.readers(), 1U);
  }
  loop.until([&] { return events.readers() == 0; });
}

TEST_F(EventsTest, AStopOfTheServerDoesNotWaitForReaders) {
  auto socket = listen_to_events();
  (void)until(socket, "event: ready");
  loop.run(server.stop(std::chrono::hours(1)));
}

}  // namespace
}  // namespace argos::test
