// SPDX-License-Identifier: Apache-2.0
// A change whose answer waits for Caddy: it is served when the answer says so, or the answer has Caddy's reason.
#include <boost/json.hpp>

#include "test/e2e/world.hpp"

namespace argos::test {
namespace {

struct Waiting : testing::Test {
  World world;
  void SetUp() override {
    world.start_caddy();
    world.start_argos();
    world.until_ready();
  }
  // Of a host whose only handler is this one. Whoever asks here has left long before the wait is over; what is promised, `make bench` measures.
  Answer put(const boost::json::object& handler) const {
    const boost::json::value host{
        {"apiVersion", "argos.edge/v1"},
        {"kind", "Host"},
        {"metadata", {{"name", "app"}}},
        {"spec", {{"domain", "app.test"}, {"tls", {{"mode", "none"}}}, {"caddyHandlers", boost::json::array{handler}}}}};
    return http(world.socket(), "/api/v1/hosts/app?wait=1m", {}, "PUT", boost::json::serialize(host));
  }
};

TEST_F(Waiting, WhenTheAnswerComesTheChangeIsServed) {
  EXPECT_EQ(put({{"handler", "static_response"}, {"body", "one"}}).status, 201);
  EXPECT_EQ(world.get("app.test").body, "one");
  EXPECT_EQ(put({{"handler", "static_response"}, {"body", "two"}}).status, 200);
  EXPECT_EQ(world.get("app.test").body, "two");
}

TEST_F(Waiting, WhatCaddyRefusesIsSaidWithItsReasonLongBeforeTheWaitIsOver) {
  EXPECT_EQ(put({{"handler", "static_response"}, {"body", "one"}}).status, 201);
  const auto refused = put({{"handler", "no_such_handler"}});
  EXPECT_EQ(refused.status, 422);
  const auto said = boost::json::parse(refused.body);
  EXPECT_EQ(said.at("reason").as_string(), "RejectedByCaddy");
  EXPECT_THAT(std::string(said.at("detail").as_string()), testing::HasSubstr("no_such_handler"));
  EXPECT_TRUE(said.at("stored").as_bool());
  EXPECT_EQ(world.get("app.test").body, "one");
}

}  // namespace
}  // namespace argos::test
