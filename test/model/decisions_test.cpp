// SPDX-License-Identifier: Apache-2.0
#include "model/decisions.hpp"

#include <gmock/gmock.h>

namespace argos {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr const char* kTwo = R"({"deleted":null,"new":[{"id":1,"origin":"CAPI","scope":"Ip","type":"ban","value":"192.0.2.1"},)"
                             R"({"id":2,"origin":"cscli","scope":"Ip","type":"ban","value":"192.0.2.2"}]})";
constexpr const char* kFirstGone =
    R"({"deleted":[{"id":1,"origin":"CAPI","scope":"Ip","type":"ban","value":"192.0.2.1"}],"new":null})";

TEST(Decisions, AreCountedByOrigin) {
  Decisions decisions;
  ASSERT_TRUE(decisions.take(kTwo));
  EXPECT_EQ(decisions.count(), 2U);
  EXPECT_THAT(decisions.by_origin(), ElementsAre(Pair("CAPI", 1), Pair("cscli", 1)));
}

TEST(Decisions, ThatEndedMayBeToldTwice) {
  Decisions decisions;
  ASSERT_TRUE(decisions.take(kTwo));
  ASSERT_TRUE(decisions.take(kFirstGone));
  ASSERT_TRUE(decisions.take(kFirstGone));
  EXPECT_THAT(decisions.by_origin(), ElementsAre(Pair("cscli", 1)));
}

TEST(Decisions, AreOneForWhoeverIsBannedTwice) {
  Decisions decisions;
  ASSERT_TRUE(decisions.take(kTwo));
  ASSERT_TRUE(decisions.take(kTwo));
  EXPECT_EQ(decisions.count(), 2U);
}

TEST(Decisions, OfTheWholeStreamReplaceWhatWasKnown) {
  Decisions decisions;
  ASSERT_TRUE(decisions.take(kTwo));
  decisions.forget();
  ASSERT_TRUE(decisions.take(R"({"deleted":[],"new":[]})"));
  EXPECT_THAT(decisions.by_origin(), IsEmpty());
}

TEST(Decisions, AreNotReadFromAnythingElse) {
  Decisions decisions;
  ASSERT_TRUE(decisions.take(kTwo));
  for (const auto* const text : {"", "null", "[]", "{}", R"({"new":1,"deleted":null})", R"({"new":[]})", "<html>"}) {
    EXPECT_FALSE(decisions.take(text)) << text;
  }
  EXPECT_EQ(decisions.count(), 2U) << "what is not understood takes nothing away";
}

}  // namespace
}  // namespace argos
