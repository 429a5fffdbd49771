// SPDX-License-Identifier: Apache-2.0
// The surroundings controller, stepped by hand, with checks that say what the test wants.
#include "controllers/surroundings.hpp"

#include "test/support/support.hpp"

namespace argos::test {
namespace {

class SurroundingsController : public testing::Test {
 protected:
  void look() {
    controller_.mark(controller_.key(), "test");
    run(context_, controller_.step());
  }
  std::string said(const char* type) const {
    const auto* const found = conditions_.find(controller_.key(), type);
    return found == nullptr ? "" : std::string(to_string(found->status)) + " " + found->reason + " " + found->message;
  }

  boost::asio::io_context context_{1};
  ManualClock clock_;
  Conditions conditions_{clock_};
  Workers workers_{1};
  Diagnosis space_ = fine("much is free");
  Controller controller_{std::make_unique<Surroundings>(workers_, conditions_,
                                                        [this] {
                                                          return std::vector<Observation>{
                                                              {"SpaceLeft", "SpaceLow", space_},
                                                              {"ClockPlausible", "ClockWrong", fine("it is now")}};
                                                        }),
                         conditions_, clock_};
};

TEST_F(SurroundingsController, EachCheckIsAConditionThatFollowsWhatItFinds) {
  look();
  EXPECT_EQ(said("SpaceLeft"), "True AsItShouldBe much is free");
  EXPECT_EQ(said("ClockPlausible"), "True AsItShouldBe it is now");
  space_ = warn("little is free", "make room");
  look();
  EXPECT_EQ(said("SpaceLeft"), "False SpaceLow little is free (make room)");
  EXPECT_EQ(said("ClockPlausible"), "True AsItShouldBe it is now");
  space_ = bad("nothing is free", "make room");
  look();
  EXPECT_EQ(said("SpaceLeft"), "False SpaceLow nothing is free (make room)");
  space_ = fine("much is free");
  look();
  EXPECT_EQ(said("SpaceLeft"), "True AsItShouldBe much is free");
}

TEST_F(SurroundingsController, IsReadyWhateverItFinds) {
  space_ = bad("nothing is free", "make room");
  look();
  EXPECT_EQ(said("Ready"), "True Reconciled ");
}

}  // namespace
}  // namespace argos::test
