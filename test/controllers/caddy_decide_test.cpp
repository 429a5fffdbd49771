// SPDX-License-Identifier: Apache-2.0
#include "controllers/caddy_decide.hpp"

#include <gmock/gmock.h>

namespace argos {
namespace {

using boost::json::parse;
using testing::HasSubstr;

Endpoint endpoint(const char* text) { return Endpoint::parse(text).value(); }
std::string listen(const boost::json::value& found, const char* where) {
  return std::string(admin_block(found, endpoint(where)).at("listen").as_string());
}

// ---- admin

TEST(CaddyDecide, AnAdminBlockThatSaysWhereItListensIsKeptVerbatim) {
  const auto found = parse(R"({"admin":{"listen":"0.0.0.0:2019","origins":["a"],"config":{"persist":false}},"apps":{}})");
  EXPECT_EQ(boost::json::value(admin_block(found, endpoint("http://caddy:2019"))), found.at("admin"));
}

TEST(CaddyDecide, WithoutOneTheEndpointStaysWhereArgosFoundIt) {
  EXPECT_EQ(listen(nullptr, "unix:///run/c.sock"), "unix//run/c.sock");
  EXPECT_EQ(listen(nullptr, "http://localhost:2019"), "localhost:2019");
  EXPECT_EQ(listen(nullptr, "http://127.0.0.1:2020"), "127.0.0.1:2020");
  EXPECT_EQ(listen(nullptr, "http://[::1]:2020"), "[::1]:2020");
  EXPECT_EQ(listen(nullptr, "http://caddy:2019"), ":2019");
  EXPECT_EQ(listen(parse(R"({"admin":{"origins":["a"]}})"), "http://caddy:2019"), ":2019");
}

// ---- ports

std::optional<Error> taken(const char* listen, int http_port, int https_port) {
  CaddySurroundings surroundings;
  surroundings.admin = {{"listen", listen}};
  surroundings.http_port = http_port;
  surroundings.https_port = https_port;
  return port_taken(surroundings);
}

TEST(CaddyDecide, NoSiteIsServedOnTheAdminPort) {
  for (const auto* const where : {"localhost:2019", ":2019", "0.0.0.0:2019", "tcp/[::1]:2019"}) {
    const auto found = taken(where, 2019, 443);
    ASSERT_TRUE(found) << where;
    EXPECT_EQ(found->reason, "PortTaken");
    EXPECT_EQ(found->retry, Retry::never);
    EXPECT_TRUE(taken(where, 80, 2019)) << where;
    EXPECT_FALSE(taken(where, 80, 443)) << where;
  }
  EXPECT_FALSE(taken("unix//run/caddy:80", 80, 443));
}

TEST(CaddyDecide, HttpAndHttpsNeedAPortEach) { EXPECT_TRUE(taken("unix//run/c.sock", 8080, 8080)); }

// ---- what to do

TEST(CaddyDecide, AnEndpointAloneIsABlankConfiguration) {
  EXPECT_TRUE(is_blank(nullptr));
  EXPECT_TRUE(is_blank(parse(R"({"admin":{"listen":":2019"}})")));
  EXPECT_FALSE(is_blank(parse(R"({"admin":{"listen":":2019"},"apps":{}})")));
}

TEST(CaddyDecide, OfRequestsOnlyThoseThatChangedItsConfigurationSpeakAgainstACaddyThatWasJustStarted) {
  const auto after = [](const char* labels) {
    return runs_as_started(std::string("# TYPE caddy_admin_http_requests_total counter\n"
                                       "caddy_admin_http_requests_total{code=\"200\",handler=\"admin\",method=\"GET\","
                                       "path=\"/config/\"} 3\ncaddy_admin_http_requests_total{") +
                           labels + "} 1\nprocess_start_time_seconds 1.7e+09\n");
  };
  EXPECT_EQ(after(R"(code="200",handler="load",method="POST",path="/adapt")"), true);
  EXPECT_EQ(after(R"(code="500",handler="admin",method="POST",path="/config/")"), true) << "it was refused";
  EXPECT_EQ(after(R"(code="200",handler="admin",method="POST",path="/config/")"), false);
  EXPECT_EQ(after(R"(code="200",handler="load",method="POST",path="/load")"), false);
  EXPECT_EQ(after(R"(code="200",handler="admin",method="PATCH",path="/id/")"), false);
  EXPECT_EQ(runs_as_started("process_start_time_seconds 1.7e+09\n"), std::nullopt);
}

// ---- Programmed

struct ProgrammedCase {
  const char* what;
  const char* accepted;  // reason; its status is True for Accepted and Disabled
  const char* piece;     // wanted
  const char* runs;      // none: a configuration that argos does not know; "-": not in it
  bool blind;
  Status status;
  const char* reason;
};

class Programmed : public testing::TestWithParam<ProgrammedCase> {};

TEST_P(Programmed, IsAsTheTableSays) {
  const auto& c = GetParam();
  const Key key{Kind::host, "app"};
  Verdict verdict;
  const bool accepted = std::string_view(c.accepted) == "Accepted" || std::string_view(c.accepted) == "Disabled";
  verdict.accepted = {"Accepted", accepted ? Status::yes : Status::no, c.accepted, "why", 7, {}};
  verdict.piece = c.piece;
  Form form;
  if (c.runs != nullptr && std::string_view(c.runs) != "-") form.pieces[key] = c.runs;
  const auto found = programmed(key, verdict, {.blind = c.blind, .running = c.runs == nullptr ? nullptr : &form}, nullptr,
                                Error{"Trouble", "t"});
  EXPECT_EQ(found.type, "Programmed");
  EXPECT_EQ(found.status, c.status);
  EXPECT_EQ(found.reason, c.reason);
  EXPECT_EQ(found.observed_generation, 7U);
}

TEST(ProgrammedWithoutTrouble, SaysWhyAHostIsServedByAGroupThatIsOnlyKept) {
  const Key key{Kind::host, "app"};
  Verdict verdict;
  verdict.accepted = {"Accepted", Status::no, "TargetGroupInvalid", "why", 7, {}};
  verdict.piece = "503";
  const Form form{"hash", {{key, "with the kept group"}}};
  const auto found = programmed(key, verdict, {.running = &form}, nullptr, {});
  EXPECT_EQ(found.status, Status::no);
  EXPECT_EQ(found.reason, "TargetGroupInvalid");
}

INSTANTIATE_TEST_SUITE_P(
    CaddyDecide, Programmed,
    testing::Values(ProgrammedCase{"ThisFormRuns", "Accepted", "p", "p", false, Status::yes, "Programmed"},
                    ProgrammedCase{"AnotherFormRuns", "Accepted", "p", "q", false, Status::no, "Trouble"},
                    ProgrammedCase{"NoFormRuns", "Accepted", "p", "-", false, Status::no, "Trouble"},
                    ProgrammedCase{"AnUnknownConfigurationRuns", "Accepted", "p", nullptr, false, Status::no, "Trouble"},
                    ProgrammedCase{"NobodySees", "Accepted", "p", "p", true, Status::unknown, "Trouble"},
                    ProgrammedCase{"Gone", "Disabled", "", "-", false, Status::yes, "Disabled"},
                    ProgrammedCase{"StillThere", "Disabled", "", "q", false, Status::no, "Trouble"},
                    ProgrammedCase{"UnusedGroup", "Accepted", "", "-", false, Status::yes, "NotInUse"},
                    ProgrammedCase{"NotAccepted", "Invalid", "", "-", false, Status::no, "NotAccepted"},
                    ProgrammedCase{"NotAcceptedAndNobodySees", "Invalid", "", "-", true, Status::no, "NotAccepted"},
                    ProgrammedCase{"NotAcceptedButServed", "TargetGroupNotFound", "p", "p", false, Status::yes, "Programmed"}),
    [](const auto& programmed_case) { return std::string(programmed_case.param.what); });

}  // namespace
}  // namespace argos
