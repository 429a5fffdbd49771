// SPDX-License-Identifier: Apache-2.0
// The crowdsec controller, stepped by hand, with the local API of a real CrowdSec.
#include "controllers/crowdsec.hpp"

#include "test/support/caddy.hpp"
#include "test/support/crowdsec.hpp"

namespace argos::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

const std::string kKey = "5ec2e75ec2e75ec2e75ec2e75ec2e75e";

class CrowdSecController : public testing::Test {
 protected:
  void watch(const std::string& url, const std::string& key, const std::string& appsec = {}) {
    controller_ = std::make_unique<Controller>(
        std::make_unique<CrowdSec>(conditions_, reports_, http_, clock_, url, key, appsec), conditions_, clock_);
    pass();
  }
  void pass() {
    clock_.advance(10s);
    controller_->mark(controller_->key(), "test");
    settle(context_, *controller_);
  }
  std::string said(const char* type) const {
    const auto* const found = conditions_.find(controller_->key(), type);
    return found == nullptr ? "" : std::string(to_string(found->status)) + " " + found->reason;
  }
  std::string message(const char* type) const { return conditions_.find(controller_->key(), type)->message; }
  bool counts(std::size_t wanted) {
    return eventually([&] {
      pass();
      return message("BouncerRegistered") == std::to_string(wanted) + " decisions are in force";
    });
  }

  boost::asio::io_context context_{1};
  ManualClock clock_;
  Conditions conditions_{clock_};
  Reports reports_;
  BeastHttpClient http_;
  std::unique_ptr<Controller> controller_;
};

TEST_F(CrowdSecController, ThatIsNotConfiguredSaysSoAndIsReady) {
  watch("", kKey);
  EXPECT_EQ(said("Reachable"), "Unknown NotConfigured");
  EXPECT_THAT(message("Reachable"), HasSubstr("CROWDSEC_LAPI_URL is not set"));
  EXPECT_EQ(said("Ready"), "True Reconciled");
  watch("http://127.0.0.1:1", "");
  EXPECT_THAT(message("BouncerRegistered"), HasSubstr("CROWDSEC_BOUNCER_API_KEY is not set"));
  EXPECT_EQ(said("Ready"), "True Reconciled");
}

TEST_F(CrowdSecController, CountsDecisionsAsTheyComeAndGo) {
  LocalApi crowdsec;
  crowdsec.start();
  crowdsec.add_bouncer("argos", kKey);
  crowdsec.ban("192.0.2.1");
  watch(crowdsec.url(), kKey);
  EXPECT_EQ(said("Reachable"), "True Reachable");
  EXPECT_EQ(said("BouncerRegistered"), "True Registered");
  EXPECT_EQ(said("Ready"), "True Reconciled");
  EXPECT_TRUE(counts(1)) << message("BouncerRegistered");
  crowdsec.ban("192.0.2.2");
  EXPECT_TRUE(counts(2)) << message("BouncerRegistered");
  EXPECT_EQ(reports_.find("crowdsec")->at("byOrigin"), (boost::json::value{{"cscli", 2}}));
  crowdsec.lift("192.0.2.1");
  EXPECT_TRUE(counts(1)) << message("BouncerRegistered");
}

TEST_F(CrowdSecController, SaysThatItsKeyIsUnknownAndNeverTheKey) {
  LocalApi crowdsec;
  crowdsec.start();
  watch(crowdsec.url(), kKey);
  EXPECT_EQ(said("Reachable"), "True Reachable");
  EXPECT_EQ(said("BouncerRegistered"), "False KeyUnknown");
  EXPECT_THAT(message("BouncerRegistered"), Not(HasSubstr(kKey)));
  crowdsec.add_bouncer("argos", kKey);
  EXPECT_TRUE(counts(0));
  crowdsec.forget_bouncer("argos");
  pass();
  EXPECT_EQ(said("BouncerRegistered"), "False KeyUnknown");
  EXPECT_EQ(reports_.find("crowdsec")->at("byOrigin"), boost::json::object()) << "what is not known is not told";
}

TEST_F(CrowdSecController, StaysReadyWhileCrowdSecIsAwayAndKnowsAllOfItAfterwards) {
  LocalApi crowdsec;
  crowdsec.start();
  crowdsec.add_bouncer("argos", kKey);
  crowdsec.ban("192.0.2.1");
  watch(crowdsec.url(), kKey);
  ASSERT_TRUE(counts(1));
  crowdsec.kill();
  pass();
  EXPECT_EQ(said("Reachable"), "False CrowdSecUnreachable");
  EXPECT_EQ(said("BouncerRegistered"), "Unknown CrowdSecUnreachable");
  EXPECT_EQ(said("Ready"), "True Reconciled");
  crowdsec.start();
  crowdsec.ban("192.0.2.2");
  EXPECT_TRUE(counts(2)) << message("BouncerRegistered");
}

TEST_F(CrowdSecController, SaysWhetherRequestsAreInspectedWhereThatIsWanted) {
  watch("http://127.0.0.1:1", kKey);
  EXPECT_EQ(said("AppSecReachable"), "") << "nobody wants it";
  Backend appsec("appsec");
  watch("http://127.0.0.1:1", kKey, "http://127.0.0.1:" + std::to_string(appsec.port()));
  EXPECT_EQ(said("AppSecReachable"), "True Reachable") << "whatever becomes of the local API";
  appsec.answer(401);
  pass();
  EXPECT_EQ(said("AppSecReachable"), "False KeyUnknown");
  EXPECT_THAT(message("AppSecReachable"), testing::AllOf(HasSubstr("requests pass uninspected"), Not(HasSubstr(kKey))));
  appsec.answer(404);
  pass();
  EXPECT_EQ(said("AppSecReachable"), "False NotAppSec");
  appsec.down();
  pass();
  EXPECT_EQ(said("AppSecReachable"), "False AppSecUnreachable");
  EXPECT_EQ(said("Ready"), "True Reconciled");
  appsec.up();
  appsec.answer(403);
  pass();
  EXPECT_EQ(said("AppSecReachable"), "True Reachable") << "a verdict is a verdict";
  watch("http://127.0.0.1:1", kKey, "http://127.0.0.1:1/path");
  EXPECT_EQ(said("AppSecReachable"), "False NotUsable");
}

TEST_F(CrowdSecController, TakesNothingElseForCrowdSec) {
  watch("https://127.0.0.1:1", kKey);
  EXPECT_EQ(said("Reachable"), "Unknown NotUsable");
  EXPECT_EQ(said("Ready"), "True Reconciled");
}

}  // namespace
}  // namespace argos::test
