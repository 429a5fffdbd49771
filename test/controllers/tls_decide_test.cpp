// SPDX-License-Identifier: Apache-2.0
// What is said of a name, by what was shown and what Caddy's log told; when it is looked at again; and how a renewal goes on.
#include "controllers/tls_decide.hpp"

#include <gmock/gmock.h>

#include "controllers/renewals.hpp"

namespace argos {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

const WallTime kNow{std::chrono::sys_days{std::chrono::year{2026} / 11 / 26}};
constexpr auto kDay = std::chrono::hours(24);

WatchedName name(Issuance issuance = Issuance::acme, const std::string& fingerprint = "") {
  return {"app.test", "app.test", issuance, fingerprint};
}

ShownCertificate shown(const std::string& issuer = "Pebble CA", const std::vector<std::string>& names = {"app.test"}) {
  return {{"app.test", issuer, names, kNow - 30 * kDay, kNow + 60 * kDay, "f1", "01", "ECDSA P-256", false}, false, ""};
}

TlsSighting seen(ShownCertificate certificate = shown()) { return {7, kNow, std::move(certificate), {}}; }
TlsSighting failed(const std::string& reason) { return {7, kNow, {}, Error{reason, "words"}}; }

IssueTrouble trouble(WallTime at = kNow) { return {"no route", at, 2, at + 60s}; }

std::string said(const Condition& condition) { return std::string(to_string(condition.status)) + " " + condition.reason; }
std::string said(const WatchedName& what, const TlsSighting& sighting, const IssueTrouble* why = nullptr) {
  return said(valid(what, sighting, why, kNow));
}

TEST(TlsValid, TellsIssuerAndEndOfTheRightCertificate) {
  const auto condition = valid(name(), seen(), nullptr, kNow);
  EXPECT_EQ(said(condition), "True Valid");
  EXPECT_EQ(condition.message, "by Pebble CA, ends 2027-01-25T00:00:00Z");
}

TEST(TlsValid, IsUnknownWhereNothingCanBeSeen) {
  EXPECT_EQ(said(name(), {}), "Unknown Pending");
  EXPECT_EQ(said(name(), failed("Unreachable")), "Unknown Unreachable");
}

TEST(TlsValid, IsFalseWhereNoCertificateIsShownAndSaysWhose) {
  EXPECT_EQ(said(name(Issuance::acme), failed("NoCertificate")), "False NotYetIssued");
  EXPECT_EQ(said(name(Issuance::own_ca), failed("NoCertificate")), "False NotYetIssued");
  EXPECT_EQ(said(name(Issuance::manual), failed("NoCertificate")), "False NoCertificate");
  EXPECT_EQ(said(name(Issuance::nobody), failed("NoCertificate")), "False NoCertificate");
  EXPECT_EQ(said(name(), failed("HandshakeFailed")), "False HandshakeFailed");
}

TEST(TlsValid, TellsWhyCaddyGetsNone) {
  const auto why = trouble();
  const auto condition = valid(name(), failed("NoCertificate"), &why, kNow);
  EXPECT_EQ(said(condition), "False AcmeError");
  EXPECT_EQ(condition.message, "app.test: no route; attempt 2, Caddy tries again at 2026-11-26T00:01:00Z");
}

TEST(TlsValid, IsFalseForACertificateThatIsNotTheWantedOne) {
  auto old = shown();
  old.leaf.not_after = kNow - 1s;
  EXPECT_EQ(said(name(), seen(old)), "False Expired");
  auto young = shown();
  young.leaf.not_before = kNow + 1s;
  EXPECT_EQ(said(name(), seen(young)), "False NotYetValid");
  EXPECT_EQ(said(name(), seen(shown("Pebble CA", {"other.test"}))), "False WrongCertificate");
  EXPECT_EQ(said(name(), seen(shown("Pebble CA", {}))), "False WrongCertificate");
  EXPECT_EQ(said(name(Issuance::manual, "f2"), seen()), "False WrongCertificate");
  EXPECT_EQ(said(name(Issuance::manual, "f1"), seen()), "True Valid");
  EXPECT_EQ(said(name(), seen(shown("Caddy Local Authority - ECC Intermediate"))), "False WrongCertificate");
  EXPECT_EQ(said(name(Issuance::own_ca), seen()), "False WrongCertificate");
  EXPECT_EQ(said(name(Issuance::own_ca), seen(shown("Caddy Local Authority - ECC Intermediate"))), "True Valid");
}

TEST(TlsValid, AStopgapIsAsWantedAndSaysWhatItStandsInFor) {
  const auto panel = name(Issuance::acme_or_own_ca);
  const auto own = seen(shown("Caddy Local Authority - ECC Intermediate"));
  const auto condition = valid(panel, own, nullptr, kNow);
  EXPECT_EQ(said(condition), "True Stopgap");
  EXPECT_THAT(condition.message, AllOf(HasSubstr("by Caddy Local Authority"), HasSubstr("until there is one by ACME")));
  EXPECT_TRUE(is_stopgap(panel, own));
  EXPECT_FALSE(is_stopgap(panel, seen()));
  EXPECT_FALSE(is_stopgap(name(Issuance::own_ca), own));
  const auto why = trouble(kNow - 31 * kDay);
  EXPECT_THAT(valid(panel, own, &why, kNow).message, HasSubstr("no route"));
  EXPECT_EQ(said(panel, seen()), "True Valid");
  EXPECT_EQ(said(valid(panel, failed("NoCertificate"), &why, kNow)), "False AcmeError");
  EXPECT_EQ(said(panel, seen(shown("Caddy Local Authority", {"other.test"}))), "False WrongCertificate");
}

TEST(TlsValid, OnlyOfThePanelsHostIsAStopgapExpected) {
  Object<Host> app;
  app.meta.name = "app";
  app.spec.domain = "app.example.com";
  auto panel = app;
  panel.meta = {"panel", 1, 1, ManagedBy::system, ""};
  panel.spec.domain = "panel.example.com";
  const auto watched = watched_tls({{app, panel}, {}, {}}, {}, {});
  EXPECT_EQ(watched.at(0).names.at(0).issuance, Issuance::acme);
  EXPECT_EQ(watched.at(1).names.at(0).issuance, Issuance::acme_or_own_ca);
  EXPECT_TRUE(begin_renewal(watched.at(1), {}, kNow));
}

TEST(TlsValid, AWildcardStandsForOneLabel) {
  EXPECT_EQ(said(name(), seen(shown("Pebble CA", {"*.test"}))), "True Valid");
  const WatchedName deep{"a.app.test", "a.app.test", Issuance::acme, ""};
  EXPECT_EQ(said(deep, seen(shown("Pebble CA", {"*.test"}))), "False WrongCertificate");
}

TEST(TlsValid, StaysTrueWhileRenewingFailsAndSaysSo) {
  const auto why = trouble();
  const auto condition = valid(name(), seen(), &why, kNow);
  EXPECT_EQ(said(condition), "True RenewalFails");
  EXPECT_THAT(condition.message, AllOf(HasSubstr("by Pebble CA"), HasSubstr("no route")));
}

TEST(TlsValid, ForgetsWhatFailedBeforeTheCertificateThatIsShown) {
  const auto why = trouble(kNow - 31 * kDay);
  EXPECT_EQ(said(name(), seen(), &why), "True Valid");
}

TEST(TlsValid, OfAHostIsItsWorstNameElseTheFirstToEnd) {
  const WatchedTls host{"app", 9, {name(), name()}};
  const Condition good{"Valid", Status::yes, "Valid", "by X", 0, {}}, dark{"Valid", Status::unknown, "Pending", "", 0, {}};
  const Condition bad{"Valid", Status::no, "Expired", "gone", 0, {}};
  EXPECT_EQ(said(valid(host, {{"a", good, kNow}, {"b", bad, kNow + kDay}, {"c", dark, kNow}})), "False Expired");
  EXPECT_EQ(said(valid(host, {{"a", good, kNow}, {"c", dark, kNow}})), "Unknown Pending");
  const auto all_good = valid(host, {{"a", good, kNow + kDay}, {"b", good, kNow}});
  EXPECT_EQ(all_good.message, "b: by X, the first of 2 names");
  EXPECT_EQ(all_good.observed_generation, 9U);
}

// ---- when to look again

TEST(TlsSchedule, IsGentleWithAGoodCertificateAndOftenerNearItsEnd) {
  const auto after = [&](WallTime::duration left) {
    auto certificate = shown();
    certificate.leaf.not_after = kNow + left;
    return until_next_look(name(), seen(certificate), true, 0, kNow);
  };
  EXPECT_GE(after(60 * kDay), 4h);
  EXPECT_LE(after(60 * kDay), 8h);
  EXPECT_LE(after(8h), 72min);
  EXPECT_LE(after(1min), 72s);
  EXPECT_GE(after(-1h), 48s);
}

TEST(TlsSchedule, LooksSoonAndThenLessAndLessOftenWhileSomethingIsAmiss) {
  const auto after = [&](int vain) { return until_next_look(name(), failed("NoCertificate"), false, vain, kNow); };
  EXPECT_LE(after(0), 300ms);
  EXPECT_GT(after(3), after(2));
  EXPECT_EQ(after(1000), 15min);
}

TEST(TlsSchedule, SpreadsNamesOverTime) {
  std::set<Span> spans;
  for (int at = 0; at < 100; ++at) {
    auto what = name();
    what.name = "h" + std::to_string(at) + ".test";
    spans.insert(until_next_look(what, seen(), true, 0, kNow));
  }
  EXPECT_GT(spans.size(), 50U);
}

// ---- renewals

WatchedTls host(std::vector<WatchedName> names) { return {"app", 7, std::move(names)}; }
ShownCertificate renewed() {
  auto out = shown();
  out.leaf.fingerprint = "f2";
  out.leaf.not_before = kNow;
  out.leaf.not_after = kNow + 90 * kDay;
  return out;
}
// Whether Caddy would renew it then (certmagic, currentlyInRenewalWindow).
bool in_window(const CertificateFacts& leaf, double ratio, WallTime now) {
  const auto end = leaf.not_after + 1s;
  const auto window = std::chrono::duration_cast<WallTime::duration>((end - leaf.not_before) * ratio);
  return now > end - window;
}

TEST(TlsRenewal, MakesCaddyRenewWhatIsShownAndNothingYounger) {
  const auto begun = begin_renewal(host({name()}), {{"app.test", seen()}}, kNow);
  ASSERT_TRUE(begun);
  const auto ratio = begun->windows.at("app.test");
  EXPECT_TRUE(in_window(shown().leaf, ratio, kNow));
  for (const auto later : {0s, 60s, 86400s}) EXPECT_FALSE(in_window(renewed().leaf, ratio, kNow + later)) << later.count();
}

TEST(TlsRenewal, OfACertificateSecondsOldWorksToo) {
  auto young = shown();
  young.leaf.not_before = kNow - 3s;
  const auto ratio = begin_renewal(host({name()}), {{"app.test", seen(young)}}, kNow)->windows.at("app.test");
  EXPECT_TRUE(in_window(young.leaf, ratio, kNow));
  EXPECT_FALSE(in_window(renewed().leaf, ratio, kNow + 1s));
  EXPECT_LT(ratio, 1);
}

TEST(TlsRenewal, OfNothingMeansToTryAgain) {
  const auto begun = begin_renewal(host({name()}), {{"app.test", failed("NoCertificate")}}, kNow);
  EXPECT_EQ(begun->windows.at("app.test"), 1);
}

TEST(TlsRenewal, LeavesOutWhatCaddyDoesNotGet) {
  const WatchedName wild{"*.app.test", "x.app.test", Issuance::own_ca, ""};
  EXPECT_FALSE(begin_renewal(host({name(Issuance::manual), name(Issuance::nobody), wild}), {}, kNow));
}

TEST(TlsRenewal, ComesBackFromWhereItWasWrittenDown) {
  const auto begun = *begin_renewal(host({name()}), {{"app.test", seen()}}, kNow);
  const auto text = boost::json::serialize(to_json(begun));
  const auto back = renewal_from(boost::json::parse(text).as_object());
  EXPECT_EQ(back.since, begun.since);
  EXPECT_EQ(back.before, begun.before);
  EXPECT_EQ(back.windows, begun.windows);
  EXPECT_TRUE(renewal_from({{"windows", {{"a", 7}, {"b", "x"}, {"c", -1}}}, {"before", 3}}).windows.empty());
}

struct TlsRenewalEnd : testing::Test {
  Renewal renewal = *begin_renewal(host({name()}), {{"app.test", seen()}}, kNow);
  IssueTroubles troubles;
  std::string after(const TlsSighting& sighting, WallTime now = kNow) {
    const auto end = ended(renewal, {{"app.test", sighting}}, troubles, now);
    return end ? (end->done ? "done " : "failed ") + end->reason : "";
  }
};

TEST_F(TlsRenewalEnd, ComesWithAnotherCertificate) {
  EXPECT_EQ(after(seen()), "");
  EXPECT_EQ(after(seen(renewed())), "done Renewed");
}

TEST_F(TlsRenewalEnd, ComesWithTheFirstErrorAfterIt) {
  troubles.note({CertificateNews::What::failed, "app.test", kNow - 1s, "an older one", 0, {}});
  EXPECT_EQ(after(seen()), "");
  troubles.note({CertificateNews::What::will_retry, "app.test", kNow - 1s, "", 1, 1s});
  troubles.note({CertificateNews::What::failed, "app.test", kNow + 1s, "no route", 0, {}});
  EXPECT_EQ(after(seen()), "failed IssuerRefused");
  EXPECT_THAT(ended(renewal, {{"app.test", seen()}}, troubles, kNow)->message, HasSubstr("no route"));
  EXPECT_EQ(after(seen(renewed())), "done Renewed") << "what is shown counts";
}

TEST_F(TlsRenewalEnd, ComesInAnyCase) {
  EXPECT_EQ(after(seen(), kNow + 2min), "");
  EXPECT_EQ(after(seen(), kNow + 3min), "failed NotInTime");
  EXPECT_EQ(after({}, kNow + 3min), "failed NotInTime");
}

TEST_F(TlsRenewalEnd, ThatNoCertificateIsShownAnyMoreIsNone) { EXPECT_EQ(after(failed("NoCertificate")), ""); }

}  // namespace
}  // namespace argos
