// SPDX-License-Identifier: Apache-2.0
// `doctor`: each thing is broken in turn, and its line says so; the program with nothing running, and beside a real panel.
#include "cli/doctor.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <spdlog/fmt/fmt.h>

#include "test/cli/child.hpp"
#include "test/panel/panel_fixture.hpp"
#include "test/support/caddy.hpp"
#include "test/support/process.hpp"
#include "test/support/small_disk.hpp"

namespace argos::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Outcome = Diagnosis::Outcome;

struct DoctorTest : ::testing::Test {
  DoctorTest() {
    std::filesystem::create_directories(folder / "data");
    patient.config.data_dir = folder / "data";
    patient.config.db_path = folder / "data/argos.db";
    patient.config.manual_certs_dir = folder / "data/manual-certs";
    patient.config.caddy_admin = *Endpoint::parse("http://localhost:2019");
    patient.proc = folder / "proc";
  }
  // A line of /proc/net/tcp: `address` in hex as the kernel writes it on this machine.
  void listening(const std::string& address, int port, int inode) {
    proc_net += fmt::format("   0: {}:{:04X} 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 {} 1\n",
                            address, port, inode);
    folder.write("proc/net/tcp", "  sl  local_address rem_address   st\n" + proc_net);
  }
  void process(int pid, const std::string& name, int inode) {
    folder.write(fmt::format("proc/{}/comm", pid), name + "\n");
    std::filesystem::create_directories(folder / fmt::format("proc/{}/fd", pid));
    std::filesystem::create_symlink(fmt::format("socket:[{}]", inode), folder / fmt::format("proc/{}/fd/3", pid));
  }
  static boost::json::value told(int port) {
    return {{"apps", {{"http", {{"servers", {{"s", {{"listen", boost::json::array{":" + std::to_string(port)}}}}}}}}}}};
  }

  TempFolder folder;
  Patient patient;
  std::string proc_net;
};

#define EXPECT_FOUND(diagnosis, expected, text)                   \
  {                                                               \
    const Diagnosis found = diagnosis;                            \
    EXPECT_EQ(found.outcome, Outcome::expected) << found.message; \
    EXPECT_THAT(found.message, HasSubstr(text));                  \
    if (Outcome::expected != Outcome::ok) {                       \
      EXPECT_FALSE(found.hint.empty()) << found.message;          \
    }                                                             \
  }

TEST_F(DoctorTest, NetworkFileSystemsAreNoPlaceForADatabase) {
  EXPECT_FOUND(check_file_system(patient), ok, "local file system");
  EXPECT_EQ(network_file_system(0x6969), "NFS");
  EXPECT_EQ(network_file_system(0xFF534D42), "SMB");
  EXPECT_EQ(network_file_system(0xEF53), std::nullopt) << "ext4";
}

TEST_F(DoctorTest, LittleRoomOnAnyDiskThatArgosWritesToIsSaid) {
  std::filesystem::create_directories(folder / "data/backups");
  const SmallDisk disk(folder / "data/backups", 100 * 1024);
  if (!disk.mounted()) GTEST_SKIP() << "only root can have a small disk";
  patient.config.backup_dir = folder / "data/elsewhere";
  EXPECT_FOUND(check_space(patient), ok, folder / "data");
  patient.config.backup_dir = folder / "data/backups";
  EXPECT_FOUND(check_space(patient), warn, "100 MiB are free at " + (folder / "data/backups"));
  disk.grow(10 * 1024);
  EXPECT_FOUND(check_space(patient), fail, "10 MiB are free at " + (folder / "data/backups"));
}

TEST_F(DoctorTest, WhatCanBeSeenFromWithinIsAConditionOfARunningArgos) {
  std::map<std::string, std::string> reasons;
  for (const auto& check : doctor_checks()) {
    EXPECT_EQ(check.condition.empty(), check.reason.empty()) << check.name;
    if (!check.condition.empty()) {
      EXPECT_TRUE(reasons.emplace(check.condition, check.reason).second) << check.name;
    }
  }
  EXPECT_EQ(reasons["SpaceLeft"], "SpaceLow");
  patient.config.panel_mode = "behind_caddy";
  patient.config.panel_domain = "panel.invalid";
  const auto seen = look_around(patient.config);
  ASSERT_EQ(seen.size(), reasons.size());
  for (const auto& one : seen) {
    EXPECT_EQ(one.reason, reasons[one.condition]);
    EXPECT_EQ(one.condition == "PanelDomainResolves", one.found.message.find("panel.invalid") != std::string::npos)
        << one.condition;
  }
}

TEST_F(DoctorTest, CrowdSecIsWhatTheRunningArgosSaysOfIt) {
  EXPECT_FOUND(check_crowdsec(patient), ok, "not configured");
  patient.config.crowdsec_lapi_url = "http://crowdsec:8080";
  patient.config.crowdsec_bouncer_api_key = "key";
  EXPECT_FOUND(check_crowdsec(patient), ok, "argos does not answer");
  const auto says = [](const char* reachable) -> boost::json::value {
    return {
        {"controllers",
         boost::json::array{
             {{"name", "crowdsec"},
              {"conditions", boost::json::array{{{"type", "Reachable"}, {"status", reachable}, {"message", "nobody answers"}},
                                                {{"type", "BouncerRegistered"}, {"status", "True"}, {"message", ""}}}}}}}};
  };
  patient.status = says("False");
  EXPECT_FOUND(check_crowdsec(patient), warn, "nobody answers");
  patient.status = says("True");
  EXPECT_FOUND(check_crowdsec(patient), ok, "knows argos");
  patient.abilities.emplace();
  EXPECT_FOUND(check_crowdsec(patient), warn, "no bouncer");
  patient.abilities->crowdsec = true;
  EXPECT_FOUND(check_crowdsec(patient), ok, "knows argos");
  patient.config.crowdsec_appsec_url = "http://crowdsec:7422";
  EXPECT_FOUND(check_crowdsec(patient), warn, "nothing is inspected");
  patient.abilities->appsec = true;
  EXPECT_FOUND(check_crowdsec(patient), ok, "requests are inspected");
  patient.status->at("controllers")
      .at(0)
      .at("conditions")
      .as_array()
      .push_back({{"type", "AppSecReachable"}, {"status", "False"}, {"message", "AppSec does not answer"}});
  EXPECT_FOUND(check_crowdsec(patient), warn, "AppSec does not answer");
}

TEST_F(DoctorTest, WhatCannotBeReadOrWrittenIsNamedWithItsOwner) {
  patient.config.backup_dir = folder.write("a-file", "");  // no folder: nobody may go into it, not even root
  ::chmod(patient.config.backup_dir.c_str(), 0600);
  EXPECT_FOUND(check_backup_folder(patient), fail, "it belongs to");
  patient.config.backup_dir = folder / "data";
  EXPECT_FOUND(check_backup_folder(patient), ok, "may be written to");
  patient.config.caddy_data_dir = folder / "nowhere";
  EXPECT_FOUND(check_caddy_data(patient), ok, "not here");
  patient.config.caddy_data_dir = folder / "caddy-data";
  std::filesystem::create_directories(folder / "caddy-data");
  folder.write("caddy-data/caddy", "");  // no folder either
  ::chmod((folder / "caddy-data/caddy").c_str(), 0600);
  EXPECT_FOUND(check_caddy_data(patient), warn, folder / "caddy-data/caddy");
  patient.config.caddy_errors_log = folder.write("errors.log", "");
  EXPECT_FOUND(check_caddy_log(patient), ok, "can be read");
}

TEST_F(DoctorTest, ThePanelsDomainIsLookedUpWhereItHasOne) {
  EXPECT_FOUND(check_panel_domain(patient), ok, "no domain");
  patient.config.panel_mode = "behind_caddy";
  patient.config.panel_domain = "localhost";
  EXPECT_FOUND(check_panel_domain(patient), ok, "has an address");
  patient.config.panel_domain = "panel.invalid";
  EXPECT_FOUND(check_panel_domain(patient), warn, "panel.invalid has no address");
}

TEST_F(DoctorTest, UnknownVariablesAreAWarning) {
  EXPECT_FOUND(check_configuration(patient), ok, "makes sense");
  patient.config.warnings.push_back("ARGOS_LISTNE is not a variable of argos: did you mean ARGOS_LISTEN?");
  EXPECT_FOUND(check_configuration(patient), warn, "ARGOS_LISTNE");
}

TEST_F(DoctorTest, ADataFolderThatIsMissingIsMadeByServeWhereThatIsPossible) {
  EXPECT_FOUND(check_data_folder(patient), ok, folder / "data");
  patient.config.data_dir = folder / "other/deep";
  EXPECT_FOUND(check_data_folder(patient), warn, "is not there");
  patient.config.data_dir = folder.write("file", "");
  EXPECT_FOUND(check_data_folder(patient), fail, "is not a folder");
}

TEST_F(DoctorTest, TheDatabaseIsLookedIntoAndLeftAlone) {
  EXPECT_FOUND(check_database(patient), ok, "not there yet");
  folder.write("data/argos.db.before-restore-20261123", "");
  EXPECT_FOUND(check_database(patient), fail, "restore");
  std::filesystem::remove(folder / "data/argos.db.before-restore-20261123");
  { const auto store = ready_store(patient.config.db_path); }
  EXPECT_FOUND(check_database(patient), ok, "is whole");
  auto database = Database::open(patient.config.db_path, Database::Mode::read_write);
  ASSERT_TRUE(database->run("INSERT INTO schema_migrations VALUES (9999, 'x', '')"));
  EXPECT_FOUND(check_database(patient), fail, "schema 9999");
  ASSERT_TRUE(database->run("DELETE FROM schema_migrations WHERE version > 1"));
  EXPECT_FOUND(check_database(patient), warn, "has schema 1");
}

TEST_F(DoctorTest, ADatabaseThatIsNoneIsAFailure) {
  folder.write("data/argos.db", std::string(8192, 'x'));
  EXPECT_FOUND(check_database(patient), fail, "argos.db");
}

TEST_F(DoctorTest, ADatabaseThatOthersMayReadIsAWarning) {
  EXPECT_FOUND(check_database_mode(patient), ok, "none yet");
  folder.write("data/argos.db", "");
  std::filesystem::permissions(folder / "data/argos.db", std::filesystem::perms(0644));
  EXPECT_FOUND(check_database_mode(patient), warn, "0644");
  std::filesystem::permissions(folder / "data/argos.db", std::filesystem::perms(0600));
  EXPECT_FOUND(check_database_mode(patient), ok, "0600");
}

TEST_F(DoctorTest, ManifestsAreParsedAndTheFirstErrorSaid) {
  EXPECT_FOUND(check_manifests(patient), ok, "not set");
  patient.config.manifests_dir = folder / "manifests";
  EXPECT_FOUND(check_manifests(patient), fail, "is not there");
  std::filesystem::create_directories(folder / "manifests");
  EXPECT_FOUND(check_manifests(patient), warn, "no object");
  folder.write("manifests/a.yaml",
               "apiVersion: argos.edge/v1\nkind: Host\nmetadata: {name: a}\nspec: {domain: a.example.com, targetGroup: app}\n");
  EXPECT_FOUND(check_manifests(patient), ok, "1 objects in 1 files");
  folder.write(
      "manifests/b.yaml",
      "apiVersion: argos.edge/v1\nkind: Host\nmetadata: {name: b}\nspec:\n  domian: b.example.com\n  targetGroup: app\n");
  EXPECT_FOUND(check_manifests(patient), fail, "2 errors, the first: b.yaml:4:1: spec.domain");
}

TEST_F(DoctorTest, APortThatAnotherProgramHoldsIsNamedWithItsProgram) {
  EXPECT_FOUND(check_http_port(patient), ok, "80 is free");
  listening("00000000", 80, 4711);
  process(12, "nginx", 4711);
  EXPECT_FOUND(check_http_port(patient), fail, "80 is taken by nginx (pid 12)");
  patient.caddy = told(8081);
  EXPECT_FOUND(check_http_port(patient), warn, "no site needs it");
  patient.caddy = told(80);
  EXPECT_FOUND(check_http_port(patient), ok, "as Caddy is told");
  EXPECT_FOUND(check_https_port(patient), ok, "443 is free");
}

TEST_F(DoctorTest, APortThatCaddyIsToldAndNobodyHoldsIsAFailure) {
  patient.caddy = told(443);
  EXPECT_FOUND(check_https_port(patient), fail, "nobody listens");
  patient.config.caddy_admin = *Endpoint::parse("http://caddy:2019");
  EXPECT_FOUND(check_https_port(patient), ok, "elsewhere");
}

TEST_F(DoctorTest, AnAdminEndpointOpenToEverybodyIsAWarning) {
  listening("0100007F", 2019, 1);
  EXPECT_FOUND(check_admin_endpoint(patient), ok, "only this machine");
  listening("00000000", 2019, 2);
  EXPECT_FOUND(check_admin_endpoint(patient), warn, "0.0.0.0:2019");
  patient.config.caddy_admin = *Endpoint::parse("http://203.0.113.7:2019");
  EXPECT_FOUND(check_admin_endpoint(patient), warn, "public");
  for (const auto* const there : {"http://10.1.2.3:2019", "http://172.31.0.2:2019", "http://caddy:2019"}) {
    patient.config.caddy_admin = *Endpoint::parse(there);
    EXPECT_FOUND(check_admin_endpoint(patient), ok, "elsewhere");
  }
  patient.config.caddy_admin = *Endpoint::parse("unix:///run/caddy.sock");
  EXPECT_FOUND(check_admin_endpoint(patient), ok, "socket");
}

TEST_F(DoctorTest, WithoutMigrateReqThereIsAWarningThatSaysWhatItDoes) {
  EXPECT_FOUND(check_migrate_req(patient), warn, "this kernel has no");
  folder.write("proc/sys/net/ipv4/tcp_migrate_req", "0\n");
  EXPECT_FOUND(check_migrate_req(patient), warn, "resets a few fresh connections");
  folder.write("proc/sys/net/ipv4/tcp_migrate_req", "1\n");
  EXPECT_FOUND(check_migrate_req(patient), ok, "is 1");
}

TEST_F(DoctorTest, AClockOutOfItsMindIsAFailure) {
  EXPECT_FOUND(check_clock(patient), ok, "it is 20");
  patient.now = WallTime{};
  EXPECT_FOUND(check_clock(patient), fail, "1970");
}

TEST_F(DoctorTest, ControllersAndObjectsInTroubleAreNamedWithTheirReasons) {
  EXPECT_FOUND(check_controllers(patient), ok, "not looked at");
  patient.status =
      boost::json::parse(R"({"version":"1","controllers":[{"name":"caddy","objectsNotReady":2,"conditions":[)"
                         R"({"type":"Ready","status":"False","reason":"CaddyUnreachable","message":"nobody answers"}]},)"
                         R"({"name":"manifests","objectsNotReady":0,"conditions":[{"type":"Ready","status":"True"}]}]})");
  EXPECT_FOUND(check_controllers(patient), fail, "caddy: CaddyUnreachable: nobody answers");
  EXPECT_FOUND(check_objects(patient), warn, "2 are not Ready");
  patient.status = boost::json::parse(R"({"controllers":[{"name":"caddy","conditions":[{"type":"Ready","status":"False"},)"
                                      R"({"type":"Suspended","status":"True"}]}]})");
  EXPECT_FOUND(check_controllers(patient), warn, "suspended for hand work: caddy");
}

TEST_F(DoctorTest, AnArgosThatHoldsItsLockAndDoesNotAnswerIsAFailure) {
  EXPECT_FOUND(check_argos(patient), warn, "does not run");
  const auto path = folder.write("data/argos.lock", R"({"host":"edge","pid":77,"since":"then"})");
  const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(::flock(file, LOCK_EX), 0);
  const auto gathered = gather(patient.config);
  EXPECT_FOUND(check_argos(gathered), fail, "pid 77 on edge");
  ::close(file);
  EXPECT_FALSE(gather(patient.config).held_by);
}

struct DoctorCommand : PanelTest {
  Ran doctor(std::map<std::string, std::string> more = {}, std::vector<std::string> arguments = {"doctor"}) {
    more.emplace("ARGOS_DATA_DIR", folder.path().string());
    more.emplace("ARGOS_CADDY_ADMIN", fmt::format("http://127.0.0.1:{}", free_port()));
    return run({std::move(arguments), std::move(more), "", folder.path().string()}, [&] { loop.step(); });
  }
};

TEST_F(DoctorCommand, EachCheckIsALineAndAFailureIsStatus1) {
  const auto ran = doctor();
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("ok    data folder: "), HasSubstr("fail  Caddy: "), HasSubstr("ok    controllers: ")));
  EXPECT_THAT(ran.out, Not(HasSubstr("\033[")));
  EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(ran.out, '\n')), doctor_checks().size() + 1);
  const auto json = boost::json::parse(doctor({}, {"doctor", "-o", "json"}).out);
  EXPECT_EQ(json.at("ok"), boost::json::value(false));
  EXPECT_EQ(json.at("checks").as_array().size(), doctor_checks().size());
}

TEST_F(DoctorCommand, LooksIntoTheManifestsThatTheRunningArgosReads) {
  folder.write("manifests/a.yaml", "nonsense");
  reports.publish("manifests", {{"folder", folder / "manifests"}, {"files", boost::json::array{}}, {"errorCount", 0}});
  EXPECT_THAT(doctor().out, HasSubstr("fail  manifests: " + (folder / "manifests")));
}

TEST_F(DoctorCommand, AMalformedVariableIsSaidAndNothingElseLookedAt) {
  const auto ran = doctor({{"ARGOS_LISTEN", "nowhere"}});
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.out, HasSubstr("fail  configuration: ARGOS_LISTEN"));
}

TEST_F(DoctorCommand, AllIsWellWithARealCaddy) {
  // The panel of this test answers for argos. What the machine itself lacks may be warned of.
  RealCaddy caddy("caddy", RealCaddy::Admin::tcp);
  caddy.start();
  const auto ran = doctor({{"ARGOS_CADDY_ADMIN", caddy.endpoint().text()},
                           {"ARGOS_HTTP_PORT", std::to_string(caddy.http_port())},
                           {"ARGOS_HTTPS_PORT", std::to_string(caddy.https_port())}});
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("ok    Caddy: "), HasSubstr("ok    Caddy's version: 2."), HasSubstr("ok    argos: "),
                             HasSubstr("ok    admin endpoint: only this machine")));
}

}  // namespace
}  // namespace argos::test
