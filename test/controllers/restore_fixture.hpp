// SPDX-License-Identifier: Apache-2.0
// A real data folder with a database, in which the controller `restore` works.
#pragma once

#include <boost/json.hpp>

#include "controllers/backup_proof.hpp"
#include "controllers/restore.hpp"
#include "controllers/restore_plan.hpp"
#include "runtime/files.hpp"
#include "runtime/rows.hpp"
#include "test/support/process.hpp"
#include "test/support/support.hpp"

namespace argos::test {

struct RestoreTest : ::testing::Test {
  RestoreTest() {
    std::filesystem::create_directories(places.backups);
    reopen();
    host("app", "then.example.com");
  }

  void reopen() {
    store = ready_store(places.database);
    controller = std::make_unique<Controller>(
        std::make_unique<Restore>(*store, conditions, reports, clock, ring, Restore::Options{places}), conditions, clock);
  }
  void host(const std::string& name, const std::string& domain) {
    sql("REPLACE INTO hosts (name, domain) VALUES ('" + name + "', '" + domain + "')");
  }
  // As argos itself, so that nothing is on record as made from outside.
  void sql(const std::string& text) {
    const auto done = store->write(Actor{"alice", "a test"}, [&](Database& database) { return database.script(text); });
    if (!done) throw std::runtime_error(done.error().text());
  }
  std::int64_t number(const std::string& query) {
    std::int64_t out = 0;
    const auto read = store->read([&](Database& database) -> Result<> {
      const auto found = database.number(query);
      if (!found) return found.error();
      out = *found;
      return {};
    });
    if (!read) throw std::runtime_error(read.error().text());
    return out;
  }
  std::string text(const std::string& query) {
    std::string out;
    (void)store->read([&](Database& database) -> Result<> {
      const auto rows = database.query(query);
      if (!rows) return rows.error();
      if (!rows->empty()) out = rows->front().begin()->value().as_string();
      return {};
    });
    return out;
  }
  std::string domain() { return text("SELECT domain FROM hosts WHERE name = 'app'"); }

  void back_up(const std::string& name) {
    auto job = archive_job({places.database, places.backups, "", {}}, BackupKind::manual, ring.current_id(), clock.wall());
    job.name = name;
    JobProgress progress;
    const auto made = write_archive(job, progress);
    if (!made) throw std::runtime_error(made.error().text());
  }
  // An archive of any argos.db, made by tar.
  void pack(const std::string& name, const std::string& database, int schema) {
    folder.write("pack/argos.db", "");
    std::filesystem::copy_file(database, folder / "pack/argos.db", std::filesystem::copy_options::overwrite_existing);
    const auto hash = sha256_hex(*read_file(database));
    const boost::json::value metadata{{"format", 1},
                                      {"argosVersion", "0"},
                                      {"gitCommit", ""},
                                      {"schemaVersion", schema},
                                      {"kind", "manual"},
                                      {"note", ""},
                                      {"createdAt", "2026-11-23T00:00:00Z"},
                                      {"caddyFiles", 0},
                                      {"dbSha256", hash},
                                      {"dbBytes", static_cast<std::int64_t>(std::filesystem::file_size(database))},
                                      {"masterKeyId", ""}};
    folder.write("pack/metadata.json", boost::json::serialize(metadata));
    ASSERT_EQ(
        shell("tar -czf '" + places.backups + "/" + name + "' -C '" + (folder / "pack") + "' argos.db metadata.json").status,
        0);
  }

  void want(const std::string& text) { folder.write(".restore_pending", text); }
  void settle_all() {
    controller->mark(controller->key(), "test");
    settle(context, *controller);
  }
  void restore(const std::string& text) {
    want(text);
    settle_all();
  }
  bool wanted() const { return std::filesystem::exists(places.marker()); }
  std::string condition(const char* type) const {
    const auto* const found = conditions.find(controller->key(), type);
    return found == nullptr ? "" : std::string(to_string(found->status)) + " " + found->reason;
  }

  TempFolder folder;
  RestorePlaces places{folder.path().string(), folder / "argos.db", folder / "backups"};
  boost::asio::io_context context;
  ManualClock clock;
  Conditions conditions{clock};
  Reports reports;
  KeyRing ring{std::string(64, 'a'), {}};
  std::unique_ptr<Store> store;
  std::unique_ptr<Controller> controller;
};

}  // namespace argos::test
