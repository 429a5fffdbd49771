// SPDX-License-Identifier: Apache-2.0
// Lines as real Caddys wrote them, 2.6.2 and 2.11.4, with Pebble as the CA.
#include "model/caddy_log.hpp"

#include <fstream>

#include <gmock/gmock.h>

namespace argos {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using What = CertificateNews::What;
using namespace std::chrono_literals;

struct Line {
  const char* file;  // in test/fuzz/corpus/caddy_log_fuzz
  What what;
  const char* name;
  const char* words;
  int attempt = 0;
  std::chrono::seconds retry_in{};
};

std::string recorded(const std::string& file) {
  std::ifstream in(std::string(ARGOS_SOURCE_DIR "/test/fuzz/corpus/caddy_log_fuzz/") + file);
  return {std::istreambuf_iterator<char>(in), {}};
}

class CaddyLog : public testing::TestWithParam<Line> {};

TEST_P(CaddyLog, TellsWhatBecameOfACertificate) {
  const auto news = read_certificate_news(recorded(GetParam().file));
  ASSERT_TRUE(news);
  EXPECT_EQ(news->what, GetParam().what);
  EXPECT_EQ(news->name, GetParam().name);
  EXPECT_EQ(news->words, GetParam().words);
  EXPECT_EQ(news->attempt, GetParam().attempt);
  EXPECT_EQ(news->retry_in, GetParam().retry_in);
  EXPECT_GT(news->at, WallTime{std::chrono::sys_days{std::chrono::year{2026} / 11 / 26}});
}

const Line kLines[]{
    {"ObtainedBy26", What::obtained, "good.test", ""},
    {"RenewedBy211", What::obtained, "good.test", ""},
    {"ChallengeFailedBy26", What::challenge_failed, "bad.test",
     "Get \"http://bad.test:34569/.well-known/acme-challenge/\": dial tcp 255.255.255.255:34569: connect: network is "
     "unreachable (connection)"},
    {"ChallengeFailedBy211", What::challenge_failed, "bad.test",
     "Failed to connect to 255.255.255.255:42417 for the tls-alpn-01 challenge (unauthorized)"},
    {"FailedBy26", What::failed, "blocked-domain.example",
     "Order included an identifier for which issuance is forbidden by policy: \"blocked-domain.example\" "
     "(rejectedIdentifier)"},
    {"CaDown", What::failed, "down.test",
     "creating new order: fetching new nonce from server: performing request: Head \"https://127.0.0.1:44457/nonce-plz\": "
     "dial tcp 127.0.0.1:44457: connect: connection refused"},
    {"WillRetryBy26", What::will_retry, "servfail.test", "Could not resolve URL \"servfail.test\" (malformed)", 1, 60s},
    {"RenewalWillRetryBy211", What::will_retry, "good.test",
     "initiating challenge with server: attempt 1: https://127.0.0.1:44505/chalZ/6oB0: performing request: Post "
     "\"https://127.0.0.1:44505/chalZ/6oB0\": dial tcp 127.0.0.1:44505: connect: connection refused",
     3, 120s},
    {"JobFailed", What::failed, "app.test",
     "failed storage check: open /data/caddy/rw_test: permission denied - storage is probably misconfigured"},
};
INSTANTIATE_TEST_SUITE_P(Recorded, CaddyLog, testing::ValuesIn(kLines), [](const auto& line) { return line.param.file; });

TEST(CaddyLogLines, ThatTellNoSuchThingAreNoNews) {
  for (const char* const file : {"Cancelled26", "Cancelled211", "Lock", "Stapling", "ForgedInAMessage", "NoTime", "Torn"}) {
    ASSERT_FALSE(recorded(file).empty()) << file;
    EXPECT_FALSE(read_certificate_news(recorded(file))) << file;
  }
  for (const char* const line : {"", "null", "[\"tls\"]", "\"tls.obtain"}) EXPECT_FALSE(read_certificate_news(line)) << line;
}

CertificateNews failure(const std::string& error) {
  return read_certificate_news(
             R"({"ts":1795694105.5,"logger":"tls.obtain","msg":"could not get certificate from issuer","identifier":"a.test","error":")" +
             error + "\"}")
      .value();
}

TEST(CaddyLogWords, HoldNoLoginNoQueryAndNoToken) {
  const auto words = failure("Post https://me:pass@ca.test/dir?token=abc and http://u:v@b.test: no").words;
  EXPECT_THAT(words,
              AllOf(HasSubstr("https://ca.test/dir and http://b.test: no"), Not(HasSubstr("pass")), Not(HasSubstr("abc"))));
}

TEST(CaddyLogWords, AreShortAndOnOneLine) {
  const auto words = failure(std::string(5000, 'x') + "\\n\\u001b[31m").words;
  EXPECT_LT(words.size(), 400U);
  EXPECT_THAT(failure("one\\ntwo").words, Not(HasSubstr("\n")));
}

// ---- what they add up to

struct CaddyTroubles : testing::Test {
  IssueTroubles troubles;
  WallTime start{std::chrono::sys_days{std::chrono::year{2026} / 11 / 26}};

  void news(What what, const std::string& words = "", int attempt = 0, std::chrono::seconds retry_in = {}) {
    troubles.note({what, "a.test", start, words, attempt, retry_in});
  }
  std::string words() { return troubles.find("a.test") == nullptr ? "" : troubles.find("a.test")->words; }
};

TEST_F(CaddyTroubles, AChallengeThatFailedIsNoneWhileAnotherMaySucceed) {
  news(What::challenge_failed, "no route");
  EXPECT_EQ(troubles.find("a.test"), nullptr);
  news(What::obtained);
  EXPECT_EQ(troubles.find("a.test"), nullptr);
}

TEST_F(CaddyTroubles, WhatTheCaSawSaysMoreThanThatNoChallengeIsLeft) {
  news(What::challenge_failed, "no route");
  news(What::failed, "no solvers available for remaining challenges (configured=[] …");
  news(What::will_retry, "no solvers available for remaining challenges (configured=[] …", 2, 120s);
  EXPECT_EQ(words(), "no route");
  EXPECT_EQ(troubles.find("a.test")->attempt, 2);
  EXPECT_EQ(troubles.find("a.test")->next_try, start + 120s);
}

TEST_F(CaddyTroubles, TheLastAttemptCounts) {
  news(What::challenge_failed, "no route");
  news(What::failed, "no route");
  news(What::will_retry, "no route", 1, 60s);
  news(What::failed, "the CA is down");
  EXPECT_EQ(words(), "the CA is down");
  EXPECT_FALSE(troubles.find("a.test")->next_try);
  news(What::will_retry, "the CA is down", 2, 60s);
  news(What::will_retry, "the disk is full", 3, 60s);
  EXPECT_EQ(words(), "the disk is full") << "not the words of an earlier attempt";
}

TEST_F(CaddyTroubles, ACertificateEndsThem) {
  news(What::failed, "no route");
  news(What::obtained);
  EXPECT_EQ(troubles.find("a.test"), nullptr);
}

TEST_F(CaddyTroubles, WhyNotTheFirstIssuerIsKnownUntilTheNextCertificate) {
  news(What::obtained);
  EXPECT_EQ(troubles.find_overcome("a.test"), nullptr);
  news(What::failed, "no route");
  EXPECT_EQ(troubles.find_overcome("a.test"), nullptr) << "it is not overcome";
  news(What::obtained);
  ASSERT_NE(troubles.find_overcome("a.test"), nullptr);
  EXPECT_EQ(troubles.find_overcome("a.test")->words, "no route");
  news(What::obtained);
  EXPECT_EQ(troubles.find_overcome("a.test"), nullptr);
}

TEST_F(CaddyTroubles, OfNamesThatNobodyAsksForAreForgotten) {
  news(What::failed, "no route");
  troubles.keep_only([](const std::string& name) { return name != "a.test"; });
  EXPECT_EQ(troubles.find("a.test"), nullptr);
}

}  // namespace
}  // namespace argos
