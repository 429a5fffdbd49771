// SPDX-License-Identifier: Apache-2.0
// A data folder that is restored by the real program: whose disk fails, and whose database may lie elsewhere.
#pragma once

#include <csignal>

#include "runtime/database.hpp"
#include "test/e2e/world.hpp"
#include "test/support/faulty_disk.hpp"
#include "test/support/own_network.hpp"

namespace argos::test {

constexpr auto kRestorePatience = std::chrono::seconds(30);

// A host that answers by itself, applied.
inline std::string applied(const std::string& name, const std::string& body) {
  return "---\n" + World::host(name, name + ".test", body);
}

struct RestoreWorld : ::testing::Test {
  void SetUp() override { ASSERT_EQ(why_no_network, ""); }
  void start() {
    auto environment = disk.environment();
    environment["ARGOS_MASTER_KEY"] = std::string(64, 'a');
    environment["ARGOS_DB_PATH"] = database();
    world.start_argos(environment);
  }
  void kill() {
    if (!world.server) return;
    world.server->signal(SIGKILL);
    world.server->wait();
  }
  void apply(const std::string& manifests) {
    const auto file = world.folder.write("apply.yaml", manifests);
    const auto done = world.argos("apply -f '" + file + "'");
    ASSERT_EQ(done.status, 0) << done.out;
  }
  std::string back_up() {
    const auto made = world.argos("backup now -o json");
    EXPECT_EQ(made.status, 0) << made.out;
    for (const auto& entry : std::filesystem::directory_iterator(data() + "/backups")) {
      if (entry.path().extension() == ".gz") return entry.path().filename().string();
    }
    return "";
  }
  std::string data() const { return world.folder / "data"; }
  std::string database() const { return database_folder + "/argos.db"; }
  bool wanted() const { return std::filesystem::exists(data() + "/.restore_pending"); }
  // Of the file, whoever has it open; what a killed one had begun is rolled back, for which it must be opened for writing.
  std::string text(const std::string& query) const {
    auto opened = Database::open(database(), Database::Mode::read_write, 2000);
    if (!opened) return opened.error().reason;
    const auto rows = opened->query(query);
    if (!rows) return rows.error().reason;
    return rows->empty() ? "" : std::string(rows->front().begin()->value().as_string());
  }
  std::string body_of(const std::string& name) const {
    return text("SELECT caddy_handlers ->> '$[0].body' FROM hosts WHERE name = '" + name + "'");
  }

  // First of all: where Caddy's reloads reset no fresh connections, as in the compose file.
  const std::string why_no_network = enter_own_network();
  World world;
  std::string database_folder = data();
  FaultyDisk disk{data()};
};

// A database and an archive of an earlier state of it.
struct RestoreTorture : RestoreWorld {
  void prepare() {
    start();
    ASSERT_TRUE(
        eventually([&] { return world.api("/readyz").status != 0 && world.argos("get hosts").status == 0; }, kRestorePatience));
    apply(applied("app", "then"));
    archive = back_up();
    ASSERT_NE(archive, "");
    apply(applied("app", "now"));
    kill();
  }
  void want(int id) {
    world.folder.write("data/.restore_pending", R"({"id": "id)" + std::to_string(id) + R"(", "archive": ")" + archive +
                                                    R"(", "requestedAt": "", "requestedBy": "a test"})");
  }
  // One of the two, whole.
  void expect_whole(const std::string& story) const {
    ASSERT_TRUE(std::filesystem::exists(database())) << story;
    EXPECT_EQ(text("PRAGMA integrity_check"), "ok") << story;
    EXPECT_THAT(body_of("app"), ::testing::AnyOf("then", "now", "written later")) << story;
  }
  // Refused, or done; and the live database has no other name.
  void expect_told_truly(int id, const std::string& story) const {
    const bool refused = std::filesystem::exists(data() + "/.restore_failed");
    EXPECT_EQ(text("SELECT value FROM meta WHERE key = 'restore'") != "id" + std::to_string(id), refused) << story;
    EXPECT_EQ(std::filesystem::hard_link_count(database()), 1) << story;
  }
  void until_done(const std::string& story) {
    ASSERT_TRUE(eventually([&] { return !wanted() && world.argos("get hosts").status == 0; }, kRestorePatience))
        << story << world.server->log();
  }

  std::string archive;
};

}  // namespace argos::test
