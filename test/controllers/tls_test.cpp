// SPDX-License-Identifier: Apache-2.0
// The tls controller, stepped by hand: a real database, real handshakes with a real server, and what Caddy would have told.
#include "controllers/tls.hpp"

#include <spdlog/spdlog.h>

#include "runtime/rows.hpp"
#include "test/support/tls_server.hpp"

namespace argos {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// Real time and more: certificates are of today.
struct ShiftedClock final : Clock {
  Time now() const override { return std::chrono::steady_clock::now() + shift; }
  WallTime wall() const override {
    return std::chrono::system_clock::now() + std::chrono::duration_cast<WallTime::duration>(shift);
  }
  Span shift{};
};

struct TlsController : testing::Test {
  TlsController() { spdlog::set_level(spdlog::level::off); }

  void start(const std::string& address) {
    auto made = std::make_unique<TlsWatcher>(*store, conditions, reports, clock, told, CaddySurroundings{}, address);
    controller = std::make_unique<Controller>(std::move(made), conditions, clock);
  }
  void pass() {
    controller->mark(controller->key(), "test");
    test::run(context, controller->step());
  }
  void host(const std::string& name, TlsMode mode, const std::string& domain = "app.test") {
    Host spec;
    spec.domain = domain;
    spec.tls.mode = mode;
    spec.caddy_handlers.push_back(boost::json::object{{"handler", "static_response"}});
    ASSERT_TRUE(store->write([&](Database& database) -> Result<> {
      const auto done = put(database, name, spec, ManagedBy::apply, "cli");
      if (!done) return done.error();
      return {};
    }));
  }
  void program(const std::string& name, Status status = Status::yes) {
    conditions.set({Kind::host, name}, {"Programmed", status, "Programmed", "", generation(name), {}});
  }
  std::uint64_t generation(const std::string& name, const std::string& table = "hosts") {
    std::int64_t out = 0;
    (void)store->read([&](Database& database) -> Result<> {
      out = *database.number("SELECT generation FROM " + table + " WHERE name = ?", cells(name));
      return {};
    });
    return static_cast<std::uint64_t>(out);
  }
  void served(const std::string& name, TlsMode mode = TlsMode::manual) {
    host(name, mode);
    program(name);
  }
  std::string valid(const std::string& name = "app") {
    const auto* const held = conditions.find({Kind::host, name}, "Valid");
    return held == nullptr ? "" : std::string(to_string(held->status)) + " " + held->reason;
  }
  std::string message() { return conditions.find({Kind::host, "app"}, "Valid")->message; }
  std::uint64_t seen_of(const std::string& name = "app") {
    return conditions.find({Kind::host, name}, "Valid")->observed_generation;
  }
  boost::json::array report(const std::string& name) { return reports.look("tls", {Kind::host, name}).as_array(); }
  void bring(const test::MadeCertificate& made) {
    ASSERT_TRUE(store->write([&](Database& database) {
      return database.run("REPLACE INTO host_manual_certs (name, host, cert_pem) VALUES ('app', 'app', ?)",
                          cells(made.certificate));
    }));
  }

  // It is on disk, and Caddy runs it.
  void run_certificate() {
    ASSERT_TRUE(store->write([](Database& database) {
      return database.run(
          "REPLACE INTO certificate_files SELECT name, printf('%012d', generation), host, generation, '[]', '', '', 1 "
          "FROM host_manual_certs");
    }));
    conditions.set({Kind::certificate, "app"},
                   {"Programmed", Status::yes, "Programmed", "", generation("app", "host_manual_certs"), {}});
  }

  test::TempFolder folder;
  boost::asio::io_context context;
  ShiftedClock clock;
  std::unique_ptr<Store> store = test::ready_store(folder / "argos.db");
  Conditions conditions{clock};
  Reports reports;
  CaddyTold told;
  std::unique_ptr<Controller> controller;
};

TEST_F(TlsController, TellsWhatIsShownOfAHostThatIsProgrammed) {
  const auto made = test::make_certificate("app.test");
  const test::TlsServer server(folder, made);
  start(server.address());
  host("app", TlsMode::manual);
  pass();
  EXPECT_EQ(valid(), "Unknown Pending");
  EXPECT_EQ(seen_of(), 0U) << "what was not looked at yet is not Ready";
  program("app");
  pass();
  EXPECT_EQ(valid(), "True Valid");
  EXPECT_EQ(seen_of(), generation("app"));
  EXPECT_EQ(report("app").at(0).at("fingerprint").as_string(), made.fingerprint.c_str());
}

TEST_F(TlsController, SaysNothingOfHostsWithoutTlsAndTakesBackWhatItSaid) {
  const test::TlsServer server(folder, test::make_certificate("app.test"));
  start(server.address());
  served("app");
  pass();
  EXPECT_EQ(valid(), "True Valid");
  served("app", TlsMode::none);
  pass();
  EXPECT_EQ(valid(), "");
  EXPECT_TRUE(report("app").empty());
}

TEST_F(TlsController, AnExpiredCertificateAndOneForOthersAreFalse) {
  const auto old = test::make_certificate(test::Wish{.names = {"old.test"}, .days = -1});
  const test::TlsServer server(folder, test::make_certificate("other.test"), "old.test", old);
  start(server.address());
  served("app");
  host("old", TlsMode::manual, "old.test");
  program("old");
  pass();
  EXPECT_EQ(valid(), "False WrongCertificate");
  EXPECT_THAT(message(), HasSubstr("other.test"));
  EXPECT_EQ(valid("old"), "False Expired");
}

TEST_F(TlsController, AManualHostMustShowItsOwnCertificate) {
  const auto shown = test::make_certificate("app.test"), newer = test::make_certificate("app.test");
  const test::TlsServer server(folder, shown);
  start(server.address());
  bring(shown);
  run_certificate();
  served("app");
  pass();
  EXPECT_EQ(valid(), "True Valid");
  bring(newer);
  pass();
  EXPECT_EQ(valid(), "True Valid") << "Caddy does not run the newer one yet: its own conditions say so";
  run_certificate();
  pass();
  EXPECT_EQ(valid(), "False WrongCertificate") << "at once, not at the next look in hours";
}

TEST_F(TlsController, WhereNobodyAnswersNothingIsKnownAndReadyIsLeftAlone) {
  start("127.0.0.1:" + std::to_string(test::free_port()));
  served("app");
  conditions.set({Kind::host, "app"}, {"Accepted", Status::yes, "Accepted", "", generation("app"), {}});
  pass();
  EXPECT_EQ(valid(), "Unknown Unreachable");
  EXPECT_THAT(message(), HasSubstr("ARGOS_CADDY_TLS_ADDR"));
  EXPECT_TRUE(conditions.is_true({Kind::host, "app"}, "Ready"));
  EXPECT_EQ(conditions.find({Kind::host, "app"}, "Ready")->observed_generation, generation("app"));
  EXPECT_TRUE(conditions.is_true(controller->key(), "Ready"));
}

TEST_F(TlsController, WhatIsKnownIsNotLookedAtAgainBeforeItsTime) {
  const test::TlsServer server(folder, test::make_certificate("app.test"));
  start(server.address());
  served("app");
  pass();
  const auto first = report("app").at(0).at("seen");
  clock.shift += 1h;
  pass();
  EXPECT_EQ(report("app").at(0).at("seen"), first);
  clock.shift += 10h;
  pass();
  EXPECT_NE(report("app").at(0).at("seen"), first);
}

TEST_F(TlsController, NewsOfANameFromCaddysLogIsAReasonToLook) {
  const test::TlsServer server(folder, test::make_certificate("app.test"));
  start(server.address());
  served("app");
  pass();
  const auto first = report("app").at(0).at("seen");
  EXPECT_TRUE(told.hear(
      R"({"ts":1795694106.3,"logger":"tls.renew","msg":"certificate renewed successfully","identifier":"app.test"})"));
  pass();
  EXPECT_NE(report("app").at(0).at("seen"), first);
}

TEST_F(TlsController, AServerThatSaysNothingHoldsUpNobodyForLong) {
  const test::SilentServer silent;
  start(silent.address());
  for (int at = 0; at < 40; ++at) {
    const auto name = "h" + std::to_string(at);
    host(name, TlsMode::manual, name + ".test");
    program(name);
  }
  const auto begun = std::chrono::steady_clock::now();
  pass();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 10s);
}

TEST_F(TlsController, ARequestIsRefusedTakenAndTakenUpAgainByTheNextArgos) {
  const test::TlsServer server(folder, test::make_certificate("app.test"));
  start(server.address());
  const auto want = [&](const std::string& name) {
    EXPECT_TRUE(store->write([&](Database& database) -> Result<> {
      const auto id = ask(database, "renew", {Kind::host, name});
      if (!id) return id.error();
      return {};
    }));
  };
  const auto state = [&](std::int64_t id) {
    std::string out;
    (void)store->read([&](Database& database) -> Result<> {
      const auto request = read_request(database, id);
      out = enum_text((*request)->state) + " " + (*request)->reason;
      return {};
    });
    return out;
  };
  host("app", TlsMode::auto_);
  want("nobody");
  want("app");
  pass();
  EXPECT_EQ(state(2), "pending ") << "what Caddy runs is not known yet";
  program("app", Status::no);
  pass();
  EXPECT_EQ(state(1), "failed NotRenewable");
  EXPECT_EQ(state(2), "failed NotProgrammed");
  program("app");
  want("app");
  pass();
  EXPECT_EQ(state(3), "running ");
  start(server.address());
  clock.shift += 1min;
  pass();
  EXPECT_EQ(state(3), "running ");
  clock.shift += 2min;
  pass();
  EXPECT_EQ(state(3), "failed NotInTime");
}

}  // namespace
}  // namespace argos
