// SPDX-License-Identifier: Apache-2.0
// The search for what Caddy refuses, against made-up Caddys: with good hints, wrong ones and none.
#include "model/caddy_search.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <random>

#include <gtest/gtest.h>

namespace argos {
namespace {

Key key(int at) { return {Kind::host, "h" + std::to_string(1000 + at)}; }

std::vector<Key> keys(int count) {
  std::vector<Key> out;
  for (int at = 0; at < count; ++at) out.push_back(key(at));
  return out;
}

// What a Caddy says of a document with these changed objects; none: it accepts it.
using Oracle = std::function<std::optional<CaddyHint>(const std::set<Key>&)>;

struct Outcome {
  int loads = 0;
  std::set<Key> good;
  std::map<Key, std::string> offenders;
  std::optional<std::string> baseline;
};

Outcome search(const std::vector<Key>& changed, const Oracle& oracle, const std::set<Key>& blamed_last = {}) {
  CaddySearch search(changed, blamed_last);
  Outcome out;
  constexpr int kForEver = 10'000;
  for (; !search.ended() && out.loads < kForEver; ++out.loads) {
    const auto verdict = oracle(search.next());
    if (verdict) {
      search.refused(*verdict);
    } else {
      search.accepted();
    }
  }
  out.good = search.next();
  out.offenders = search.offenders();
  out.baseline = search.baseline_refused();
  return out;
}

std::set<Key> both(const std::set<Key>& one, const std::set<Key>& other) {
  std::set<Key> out;
  std::ranges::set_intersection(one, other, std::inserter(out, out.end()));
  return out;
}

enum class Hints { right, none, wrong, vague };

Oracle refuses(const std::set<Key>& bad, Hints hints, std::mt19937& random) {
  return [&bad, hints, &random](const std::set<Key>& tried) -> std::optional<CaddyHint> {
    const auto refused = both(tried, bad);
    if (refused.empty()) return std::nullopt;
    CaddyHint hint{{}, false, "no"};
    const auto any = [&](const std::set<Key>& of) {
      return *std::next(of.begin(), std::uniform_int_distribution<long>(0, static_cast<long>(of.size()) - 1)(random));
    };
    if (hints == Hints::right) hint = {{*refused.begin()}, true, "no: " + refused.begin()->name};
    if (hints == Hints::wrong) hint = {{any(tried)}, true, "no"};
    if (hints == Hints::vague) hint = {{*refused.begin(), any(tried), any(tried)}, false, "no"};
    return hint;
  };
}

class CaddySearchAtRandom : public testing::TestWithParam<Hints> {};

TEST_P(CaddySearchAtRandom, FindsExactlyWhatIsRefusedAndProgramsAllTheRest) {
  std::mt19937 random(7);
  constexpr int kRounds = 300;
  for (int round = 0; round < kRounds; ++round) {
    const auto changed = keys(std::uniform_int_distribution(1, 40)(random));
    std::set<Key> bad;
    for (const auto& one : changed) {
      if (std::bernoulli_distribution(0.1)(random)) bad.insert(one);
    }
    const auto out = search(changed, refuses(bad, GetParam(), random));
    EXPECT_FALSE(out.baseline);
    std::set<Key> all(changed.begin(), changed.end()), blamed;
    for (const auto& [one, words] : out.offenders) blamed.insert(one);
    if (GetParam() != Hints::wrong) {
      EXPECT_EQ(blamed, bad);
    }
    EXPECT_TRUE(std::ranges::includes(blamed, bad));
    EXPECT_TRUE(both(out.good, bad).empty());
    EXPECT_EQ(out.good.size() + blamed.size(), all.size());
    const auto most = GetParam() == Hints::right ? bad.size() + 1 : 2 + changed.size() + 8 * bad.size() * 6;
    EXPECT_LE(static_cast<std::size_t>(out.loads), most);
    if (GetParam() == Hints::right) {
      for (const auto& [one, words] : out.offenders) EXPECT_EQ(words, "no: " + one.name);
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Hints, CaddySearchAtRandom, testing::Values(Hints::right, Hints::none, Hints::wrong, Hints::vague));

TEST(CaddySearch, OneOffenderAmongManyWithoutAHintTakesAboutTwiceTheLogarithm) {
  std::mt19937 random(7);
  const std::set<Key> bad{key(777)};
  const auto out = search(keys(1000), refuses(bad, Hints::none, random));
  EXPECT_EQ(out.offenders.size(), 1U);
  EXPECT_LE(out.loads, 24);
}

TEST(CaddySearch, NobodyIsBlamedWhenTheAcceptedFormsAreRefused) {
  const auto out = search(keys(9), [](const std::set<Key>&) { return CaddyHint{{}, false, "the port is taken"}; });
  EXPECT_EQ(out.baseline, "the port is taken");
  EXPECT_TRUE(out.offenders.empty());
  EXPECT_EQ(out.loads, 2);
  const auto hinted = search(keys(3), [](const std::set<Key>& tried) {
    return CaddyHint{tried.empty() ? std::set<Key>{} : std::set<Key>{*tried.begin()}, true, "the port is taken"};
  });
  EXPECT_EQ(hinted.baseline, "the port is taken");
  EXPECT_TRUE(hinted.offenders.empty());
}

TEST(CaddySearch, ASingleOneWithoutAHintIsBlamedOnlyForASecondTry) {
  int tries = 0;
  const auto passing = search(keys(1), [&](const std::set<Key>& tried) -> std::optional<CaddyHint> {
    if (tried.empty() || ++tries > 1) return std::nullopt;
    return CaddyHint{{}, false, "not now"};
  });
  EXPECT_TRUE(passing.offenders.empty());
  EXPECT_EQ(passing.good.size(), 1U);
  EXPECT_EQ(passing.loads, 3) << "it, the accepted forms, it again";
  const auto lasting = search(keys(1), [](const std::set<Key>& tried) -> std::optional<CaddyHint> {
    if (tried.empty()) return std::nullopt;
    return CaddyHint{{}, false, "never"};
  });
  EXPECT_EQ(lasting.offenders.size(), 1U);
  EXPECT_EQ(lasting.loads, 3);
}

TEST(CaddySearch, WithNothingChangedOnlyTheAcceptedFormsCanBeToBlame) {
  EXPECT_EQ(search({}, [](const std::set<Key>&) { return CaddyHint{{}, false, "no"}; }).baseline, "no");
}

TEST(CaddySearch, OfTwoThatOnlyTogetherAreRefusedOneIsLeftOut) {
  const auto out = search(keys(8), [](const std::set<Key>& tried) -> std::optional<CaddyHint> {
    if (!tried.contains(key(2)) || !tried.contains(key(6))) return std::nullopt;
    return CaddyHint{{}, false, "these two"};
  });
  EXPECT_EQ(out.offenders.size(), 1U);
  EXPECT_EQ(out.good.size(), 7U);
}

// ---- those that are blamed last

// Refuses these two together, and neither alone.
Oracle refuses_both(int one, int other, CaddyHint hint) {
  return [=](const std::set<Key>& tried) -> std::optional<CaddyHint> {
    if (!tried.contains(key(one)) || !tried.contains(key(other))) return std::nullopt;
    return hint;
  };
}

std::set<Key> blamed(const Outcome& out) {
  std::set<Key> keys;
  for (const auto& [one, words] : out.offenders) keys.insert(one);
  return keys;
}

TEST(CaddySearch, OfTwoThatOnlyTogetherAreRefusedTheOneThatIsBlamedLastStays) {
  for (int last = 0; last < 8; ++last) {
    const int other = (last + 3) % 8;
    for (const auto& hint :
         {CaddyHint{{}, false, "no"}, CaddyHint{{key(last)}, true, "no"}, CaddyHint{{key(last), key(other)}, true, "no"}})
      EXPECT_EQ(blamed(search(keys(8), refuses_both(last, other, hint), {key(last)})), std::set<Key>{key(other)}) << last;
  }
}

TEST(CaddySearch, AWrongHintCostsWhatIsBlamedLastNothing) {
  const auto out = search(keys(8),
                          [](const std::set<Key>& tried) -> std::optional<CaddyHint> {
                            if (!tried.contains(key(6))) return std::nullopt;
                            return CaddyHint{{key(1)}, true, "no"};
                          },
                          {key(1), key(2)});
  EXPECT_EQ(blamed(out), std::set<Key>{key(6)});
  EXPECT_EQ(out.good.size(), 7U);
}

TEST(CaddySearch, WhatIsBlamedLastIsBlamedWhereTheAcceptedFormsDoNotLoadWithIt) {
  std::mt19937 random(7);
  const auto out = search(keys(8), refuses({key(1), key(5)}, Hints::right, random), {key(1)});
  EXPECT_EQ(blamed(out), (std::set<Key>{key(1), key(5)}));
  EXPECT_EQ(out.good.size(), 6U);
}

TEST(CaddySearch, WhatAHintNamesTogetherIsLeftOutTogether) {
  const auto out = search(keys(50), [](const std::set<Key>& tried) -> std::optional<CaddyHint> {
    std::set<Key> same;
    for (int at = 10; at < 40; ++at) same.insert(key(at));
    if (both(tried, same).empty()) return std::nullopt;
    return CaddyHint{same, true, "all of them"};
  });
  EXPECT_EQ(out.offenders.size(), 30U);
  EXPECT_EQ(out.loads, 2);
}

}  // namespace
}  // namespace argos
