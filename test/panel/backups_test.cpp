// SPDX-License-Identifier: Apache-2.0
// Archives over the API, from rows and files that the test put there.
#include "runtime/backup_rows.hpp"
#include "test/panel/panel_fixture.hpp"

namespace argos::test {
namespace {

using ::testing::HasSubstr;

struct BackupsApi : PanelTest {
  BackupsApi() { std::filesystem::create_directories(config.backup_dir); }
  void hold(const std::string& name, const std::string& created, BackupKind kind, const std::string& bytes = "bytes") {
    folder.write("backups/" + name, bytes);
    BackupRow row;
    row.filename = name;
    row.created_at = created;
    row.kind = kind;
    row.verified = "True";
    row.size_bytes = static_cast<std::int64_t>(bytes.size());
    ASSERT_TRUE(store->write([&](Database& database) { return put_backup(database, row); }));
  }
};

TEST_F(BackupsApi, ListsThemNewestFirst) {
  hold("a.tar.gz", "2026-11-20T02:00:00.000Z", BackupKind::manual);
  hold("b.tar.gz", "2026-11-21T02:00:00.000Z", BackupKind::scheduled);
  const auto items = list(ask("GET", "/api/v1/backups"), "items");
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[0].at("metadata").at("name"), "b.tar.gz");
  EXPECT_EQ(items[0].at("kind"), "Backup");
  EXPECT_EQ(items[1].at("spec").at("kind"), "manual");
  EXPECT_EQ(json(ask("GET", "/api/v1/backups/a.tar.gz")).at("status").at("createdAt"), "2026-11-20T02:00:00.000Z");
  EXPECT_EQ(ask("GET", "/api/v1/backups/c.tar.gz").status, 404);
  EXPECT_EQ(over_tcp("GET", "/api/v1/backups").status, 401);
}

TEST_F(BackupsApi, AskingForOneMakesARequestOfItsOwn) {
  const auto first = ask("POST", "/api/v1/backups", R"({"note": "one"})");
  EXPECT_EQ(first.status, 202);
  EXPECT_EQ(json(first).at("verb"), "backup");
  EXPECT_EQ(json(first).at("arguments").at("note"), "one");
  EXPECT_NE(json(ask("POST", "/api/v1/backups", "")).at("id"), json(first).at("id"))
      << "what is under way may have missed something";
  EXPECT_EQ(ask("POST", "/api/v1/backups", R"({"note": 7})").status, 422);
  EXPECT_EQ(ask("POST", "/api/v1/backups", R"({"note": ")" + std::string(2000, 'x') + "\"}").status, 422);
  EXPECT_EQ(ask("POST", "/api/v1/backups?wait=5h", "{}").status, 422);
  int refused = 0;
  for (int round = 0; round < 30; ++round) refused += ask("POST", "/api/v1/backups", "{}").status == 409 ? 1 : 0;
  EXPECT_GT(refused, 0);
}

TEST_F(BackupsApi, VerifyAndPruneAreAskedFor) {
  hold("a.tar.gz", "2026-11-20T02:00:00.000Z", BackupKind::manual);
  EXPECT_EQ(json(ask("POST", "/api/v1/backups/a.tar.gz/verify")).at("object"), "backup/a.tar.gz");
  EXPECT_EQ(ask("POST", "/api/v1/backups/b.tar.gz/verify").status, 404);
  EXPECT_EQ(json(ask("POST", "/api/v1/backups/verify")).at("verb"), "verify");
  EXPECT_EQ(json(ask("POST", "/api/v1/backups/prune")).at("verb"), "prune");
}

TEST_F(BackupsApi, ADryRunSaysWhatWouldGo) {
  for (int day = 10; day < 23; ++day)
    hold("s" + std::to_string(day) + ".tar.gz", "2026-11-" + std::to_string(day) + "T02:00:00.000Z", BackupKind::scheduled);
  put("/api/v1/backuppolicies/default", {{"retention", {{"days", 5}}}});
  const auto items = list(ask("POST", "/api/v1/backups/prune?dryRun=true"), "items");
  ASSERT_EQ(items.size(), 13U);
  EXPECT_EQ(items.front().at("action"), "keep");
  EXPECT_EQ(items.back().at("action"), "delete");
  EXPECT_THAT(std::string(items.back().at("reason").as_string()), HasSubstr("older than 5 days"));
  EXPECT_EQ(count("SELECT count(*) FROM backups"), 13);
}

TEST_F(BackupsApi, ADryRunMayBeAskedAboutAPolicyThatIsNotStored) {
  for (int day = 10; day < 20; ++day)
    hold("s" + std::to_string(day) + ".tar.gz", "2026-11-" + std::to_string(day) + "T02:00:00.000Z", BackupKind::scheduled);
  const auto going = [&](const std::string& body) {
    int count = 0;
    for (const auto& item : list(ask("POST", "/api/v1/backups/prune?dryRun=true", body), "items"))
      count += item.at("action") == "delete" ? 1 : 0;
    return count;
  };
  EXPECT_EQ(going("{}"), 0) << "the one in force keeps 14 days";
  EXPECT_EQ(going(R"({"spec": {"retention": {"days": 0, "keepLast": 4}}})"), 6);
  EXPECT_EQ(count("SELECT count(*) FROM backup_policies"), 0);
  const auto refused =
      ask("POST", "/api/v1/backups/prune?dryRun=true", R"({"spec": {"retention": {"days": 0, "keepLast": 0}}})");
  EXPECT_EQ(refused.status, 422);
  EXPECT_THAT(refused.body, HasSubstr("keeps nothing"));
  EXPECT_EQ(ask("POST", "/api/v1/backups/prune?dryRun=maybe", "{}").status, 422);
  const auto stored = ask("POST", "/api/v1/backups/prune", R"({"spec": {"retention": {"days": 1}}})");
  EXPECT_EQ(reason(stored), "Invalid");
  EXPECT_EQ(count("SELECT count(*) FROM requests"), 0) << "what deletes goes by the policy in force";
}

TEST_F(BackupsApi, OneIsHandedOutByteForByteAndDeleted) {
  const std::string bytes(700'000, 'b');
  hold("a.tar.gz", "2026-11-20T02:00:00.000Z", BackupKind::manual, bytes);
  const auto answer = ask("GET", "/api/v1/backups/a.tar.gz/archive");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, bytes);
  EXPECT_EQ(count("SELECT count(*) FROM audit_log WHERE action = 'BackupDownloaded'"), 1);
  EXPECT_EQ(ask("DELETE", "/api/v1/backups/a.tar.gz").status, 204);
  EXPECT_FALSE(std::filesystem::exists(folder / "backups/a.tar.gz"));
  EXPECT_EQ(count("SELECT count(*) FROM audit_log WHERE action = 'BackupDeleted'"), 1);
  EXPECT_EQ(ask("GET", "/api/v1/backups/a.tar.gz/archive").status, 404);
}

TEST_F(BackupsApi, APolicyThatMakesNoSenseIsRefusedFieldByField) {
  const auto refused =
      put("/api/v1/backuppolicies/default", {{"schedule", "0 25 * * *"}, {"retention", {{"days", 0}, {"keepLast", 0}}}});
  EXPECT_EQ(refused.status, 422);
  EXPECT_THAT(refused.body, HasSubstr("spec.schedule"));
  EXPECT_THAT(refused.body, HasSubstr("keeps nothing"));
  EXPECT_EQ(put("/api/v1/backuppolicies/other", boost::json::object{}).status, 422);
  EXPECT_EQ(put("/api/v1/backuppolicies/default", boost::json::object{}).status, 201);
}

}  // namespace
}  // namespace argos::test
