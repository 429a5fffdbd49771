// SPDX-License-Identifier: Apache-2.0
// argos, killed at the calls that a change over HTTP makes to the disk: the change is there whole, with its audit entry, or not at all,
// and what was answered with success is there. At a few of the calls in `make test`, at each in `make torture`.
#include <spdlog/fmt/fmt.h>

#include "model/totp.hpp"
#include "runtime/passwords.hpp"
#include "runtime/second_factor.hpp"
#include "runtime/sessions.hpp"
#include "test/e2e/world.hpp"
#include "test/support/archives.hpp"
#include "test/support/faulty_disk.hpp"
#include "test/support/torture.hpp"

namespace argos::test {
namespace {

enum class By { socket, session };

// `N` in a target or a body is the number of the try, `CODE` a code of its second factor. `done` counts changes, `told` what was written
// down of them.
struct HttpDeed {
  std::string name, method, target, body;
  std::string done, told;
  By by = By::socket;
  std::string before = {};  // SQL, before each try
};
std::ostream& operator<<(std::ostream& to, const HttpDeed& deed) { return to << deed.name; }

const std::string kPassword = "correct horse battery", kSecret(32, 's');
const std::string kKey(64, 'a'), kLostKey(64, 'b');
constexpr auto kArchive = "an archive";  // as a body: one

std::string token_of(int nth) { return fmt::format("{:064x}", nth); }

struct ApiKillsTorture : ::testing::TestWithParam<HttpDeed> {
  const int most = torture() ? 200 : 12;
  World world;
  FaultyDisk disk{world.folder / "data"};
  std::vector<Secret> factors = std::vector<Secret>(1);
  int calls = 0;  // of the last try
  std::string archive;

  void start() {
    auto environment = disk.environment();
    environment["ARGOS_SESSION_SECRET"] = kSecret;
    environment["ARGOS_MASTER_KEY"] = kKey;
    world.start_argos(environment);
    world.until_argos_answers();
  }

  // For each try a user with a session, a second factor that was offered, a token, a group with an earlier form, and an archive.
  void prepare() {
    auto database = Database::open(world.folder / "data/argos.db", Database::Mode::read_write, 5000).value();
    const auto hash = hash_password(Secret(kPassword), 4);
    const auto now = to_milliseconds(std::chrono::system_clock::now());
    std::string sql = "BEGIN IMMEDIATE; INSERT INTO users (name, role, password_hash) VALUES ('chief', 'admin', 'x');";
    for (int at = 1; at < most; ++at)
      sql += fmt::format(
          "INSERT INTO users (name, role, password_hash) VALUES ('b{0}', 'viewer', '{1}');"
          "INSERT INTO sessions (id, token_hash, user, created_at, used_at, confirmed_at) VALUES ('s{0}', '{2}', 'b{0}', {3}, "
          "{3}, {3});"
          "INSERT INTO api_tokens (id, name, token_hash, role, created_at) VALUES ('t{0}', 't{0}', 'x{0}', 'viewer', 1);"
          "INSERT INTO target_groups (name) VALUES ('b{0}');"
          "UPDATE target_groups SET algorithm = 'random' WHERE name = 'b{0}';",
          at, hash, SessionKey(kSecret).hash_of(token_of(at)), now);
    ASSERT_TRUE(database.script(sql + "COMMIT; BEGIN IMMEDIATE"));
    for (int at = 1; at < most; ++at)
      factors.push_back(offer_second_factor(database, Secrets(KeyRing(sealed_under(), {})), fmt::format("b{}", at)).value());
    ASSERT_TRUE(database.script("DELETE FROM audit_log; COMMIT"));
    if (GetParam().target.find("/backups/") != std::string::npos) make_archives();
  }
  const std::string& sealed_under() const { return GetParam().name == "accept_key" ? kLostKey : kKey; }
  void make_archives() {
    ASSERT_EQ(world.argos("backup now").status, 0);
    for (const auto& made : std::filesystem::directory_iterator(world.folder / "data/backups"))
      archive = bytes_of_file(made.path().string());
    if (GetParam().name != "delete_archive") return;
    for (int at = 1; at < most; ++at) world.folder.write(fmt::format("data/backups/held-{}.tar.gz", at), archive);
    EVENTUALLY(count("backups WHERE filename LIKE 'held-%'") == most - 1);
  }

  std::string filled(std::string text, int nth) const {
    const auto replace = [&](std::string_view what, const std::string& with) {
      for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
    };
    replace("CODE", totp_code(factors.at(static_cast<std::size_t>(nth)).text(), totp_step(std::chrono::system_clock::now())));
    replace("N", std::to_string(nth));
    return text;
  }
  int attempt(int nth) const {
    const auto& deed = GetParam();
    const bool sends_archive = deed.body == kArchive;
    HttpRequest request{deed.method, filled(deed.target, nth), {}, sends_archive ? archive : filled(deed.body, nth)};
    request.headers.emplace_back("Content-Type", sends_archive ? "application/gzip" : "application/json");
    if (deed.by == By::session) request.headers.emplace_back("Cookie", "argos_session=" + token_of(nth));
    return http(deed.by == By::session ? world.url() : world.socket(), std::move(request)).status;
  }
  int count(const std::string& query) const { return std::stoi(world.sql("SELECT count(*) FROM " + query).out); }
  int archives() const {
    std::error_code none;
    const std::filesystem::directory_iterator files(world.folder / "data/backups", none);
    return static_cast<int>(
        std::ranges::count_if(files, [](const auto& file) { return file.path().filename().string()[0] != '.'; }));
  }

  // Killed at that call of it. True: it was.
  bool try_to_kill(int nth, int call) {
    const auto& deed = GetParam();
    if (!deed.before.empty()) {
      EXPECT_EQ(world.sql(deed.before).status, 0);
    }
    const auto before = count(deed.done);
    disk.arm(call == 0 ? Fault::none : Fault::kill, call);
    const auto status = attempt(nth);
    calls = disk.calls();
    const bool struck = disk.has_struck();
    const auto story = fmt::format("call {}: {}, answered {}", call, disk.story(), status);
    if (call > 0) disk.disarm();
    if (struck) {
      EXPECT_EQ(world.server->wait(), "signal 9") << story;
      start();
    }
    EXPECT_TRUE(eventually([&] { return count("backups") == archives(); })) << story;
    EXPECT_EQ(count(deed.done), count(deed.told)) << story;
    EXPECT_TRUE(struck || status / 100 == 2) << story;
    EXPECT_TRUE(status / 100 != 2 || count(deed.done) == before + 1) << story;
    return struck;
  }
};

TEST_P(ApiKillsTorture, AChangeIsThereWithItsAuditEntryOrNotAtAll) {
  start();
  ASSERT_NO_FATAL_FAILURE(prepare());
  int nth = 1, killed = 0;
  try_to_kill(nth, 0);
  const int all = calls, step = torture() ? 1 : (all + 3) / 4;
  ASSERT_GT(all, 2);
  if (torture()) say_rounds(all);
  for (int call = 1 + static_cast<int>(seed() % static_cast<std::uint64_t>(step)); call <= all && ++nth < most; call += step)
    killed += try_to_kill(nth, call) ? 1 : 0;
  EXPECT_GT(killed, 1) << "it was killed nowhere";
}

const std::string kTrying = "users WHERE name LIKE 'b%' AND ";

INSTANTIATE_TEST_SUITE_P(
    Each, ApiKillsTorture,
    ::testing::Values(
        HttpDeed{"apply", "POST", "/api/v1/apply",
                 R"({"objects": [{"kind": "TargetGroup", "metadata": {"name": "gN"}, "spec": {"algorithm": "ip_hash"}}]})",
                 "target_groups WHERE name LIKE 'g%'", "changes WHERE kind = 'target_groups' AND name LIKE 'g%'"},
        HttpDeed{"create", "PUT", "/api/v1/targetgroups/gN", R"({"spec": {"algorithm": "ip_hash"}})",
                 "target_groups WHERE name LIKE 'g%'", "changes WHERE kind = 'target_groups' AND name LIKE 'g%'"},
        HttpDeed{"replace", "PUT", "/api/v1/targetgroups/bN", R"({"spec": {"algorithm": "ip_hash"}})",
                 "target_groups WHERE algorithm = 'ip_hash'", "changes WHERE what = 'changed' AND actor <> 'outside'"},
        HttpDeed{"delete", "DELETE", "/api/v1/targetgroups/bN", "", kTrying + "name NOT IN (SELECT name FROM target_groups)",
                 "changes WHERE kind = 'target_groups' AND what = 'deleted'"},
        HttpDeed{"undo", "POST", "/api/v1/undo", R"({"kind": "TargetGroup", "name": "bN"})",
                 "target_groups WHERE algorithm <> 'random'", "changes WHERE kind = 'target_groups' AND actor <> 'outside'"},
        HttpDeed{"suspend", "POST", "/api/v1/suspend", R"({"kind": "TargetGroup", "name": "bN", "note": "hand work"})",
                 "suspensions", "changes WHERE what = 'suspended'"},
        HttpDeed{"log_in", "POST", "/api/v1/login", R"({"user": "bN", "password": ")" + kPassword + "\"}",
                 "sessions WHERE id NOT LIKE 's%'", "audit_log WHERE action = 'LoggedIn'", By::session},
        HttpDeed{"log_out", "DELETE", "/api/v1/session", "", kTrying + "name NOT IN (SELECT user FROM sessions)",
                 "audit_log WHERE action = 'SessionEnded'", By::session},
        HttpDeed{"end_session", "DELETE", "/api/v1/sessions/sN", "", kTrying + "name NOT IN (SELECT user FROM sessions)",
                 "audit_log WHERE action = 'SessionEnded'"},
        HttpDeed{"password", "PUT", "/api/v1/session/password",
                 R"({"currentPassword": ")" + kPassword + R"(", "newPassword": "another good one here"})",
                 kTrying + "password_hash NOT LIKE '_2b_04_%'", "audit_log WHERE action = 'UserPasswordChanged'", By::session},
        HttpDeed{"enable_factor", "PUT", "/api/v1/session/second-factor", R"({"code": "CODE"})",
                 kTrying + "totp <> '' AND (SELECT count(*) FROM recovery_codes WHERE user = name) = 10",
                 "audit_log WHERE action = 'SecondFactorEnabled'", By::session},
        HttpDeed{"disable_factor", "DELETE", "/api/v1/session/second-factor", "", kTrying + "totp_offered = ''",
                 "audit_log WHERE action = 'SecondFactorDisabled'", By::session,
                 "UPDATE users SET totp = totp_offered WHERE totp_offered <> '' AND totp = ''"},
        HttpDeed{"create_token", "POST", "/api/v1/tokens", R"({"name": "new-N"})", "api_tokens WHERE name LIKE 'new%'",
                 "audit_log WHERE action = 'TokenCreated'"},
        HttpDeed{"revoke_token", "DELETE", "/api/v1/tokens/tN", "",
                 kTrying + "'t' || substr(name, 2) NOT IN (SELECT name FROM api_tokens)",
                 "audit_log WHERE action = 'TokenRevoked'"},
        HttpDeed{"add_user", "POST", "/api/v1/users", R"({"name": "new-N", "role": "viewer"})", "users WHERE name LIKE 'new%'",
                 "audit_log WHERE action = 'UserAdded'"},
        HttpDeed{"disable_user", "PATCH", "/api/v1/users/bN", R"({"disabled": true})", "users WHERE disabled",
                 "audit_log WHERE action = 'UserDisabled'"},
        HttpDeed{"role", "PATCH", "/api/v1/users/bN", R"({"role": "operator"})", "users WHERE role = 'operator'",
                 "audit_log WHERE action = 'UserRoleChanged'"},
        HttpDeed{"reset_password", "POST", "/api/v1/users/bN/reset-password", "{}",
                 kTrying + "password_hash NOT LIKE '_2b_04_%'", "audit_log WHERE action = 'UserPasswordChanged'"},
        HttpDeed{"accept_key", "POST", "/api/v1/keys/accept", "{}", "remembered WHERE key LIKE '%accepted%'",
                 "audit_log WHERE action = 'KeyAccepted'", By::socket,
                 "DELETE FROM remembered WHERE key LIKE '%accepted%'; DELETE FROM audit_log WHERE action = 'KeyAccepted'"},
        HttpDeed{"upload", "PUT", "/api/v1/backups/sent-N.tar.gz/archive", kArchive, "backups WHERE filename LIKE 'sent%'",
                 "audit_log WHERE action IN ('BackupUploaded', 'BackupAdopted')"},
        HttpDeed{"delete_archive", "DELETE", "/api/v1/backups/held-N.tar.gz", "",
                 kTrying + "'held-' || substr(name, 2) || '.tar.gz' NOT IN (SELECT filename FROM backups)",
                 "audit_log WHERE action IN ('BackupDeleted', 'BackupGone')"}),
    [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace argos::test
