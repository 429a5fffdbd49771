// SPDX-License-Identifier: Apache-2.0
// The controller `backups` over a real database and a real folder, with a clock that is moved by hand.
#pragma once

#include <boost/json.hpp>

#include "controllers/backups.hpp"
#include "runtime/rows.hpp"
#include "test/support/archives.hpp"

namespace argos::test {

// The loop's and the wall's, which may leap.
struct LeapingClock final : Clock {
  Time now() const override { return now_; }
  WallTime wall() const override { return wall_; }
  void advance(Span span) {
    now_ += span;
    leap(span);
  }
  void leap(Span span) { wall_ += std::chrono::duration_cast<WallTime::duration>(span); }

 private:
  Time now_{std::chrono::hours(1)};
  WallTime wall_{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};
};

struct BackupsFixture : testing::Test {
  BackupsFixture() {
    std::filesystem::create_directories(folder / "backups");
    std::filesystem::create_directories(folder / "caddy");
    store = ready_store(folder / "argos.db");
    start();
  }

  // As after a start of argos.
  void start() {
    controller.reset();
    Backups::Options options{
        {folder / "argos.db", folder / "backups", folder / "caddy", {folder.path().string()}}, made_before, &leaving};
    controller =
        std::make_unique<Controller>(std::make_unique<Backups>(*store, conditions, reports, clock, ring, std::move(options)),
                                     conditions, clock, WorkQueue::Backoff{});
  }
  void look() {
    controller->mark(controller->key(), "test", Span{});
    settle(context, *controller);
  }
  void later(Span span) {
    clock.advance(span);
    look();
  }

  template <class F>
  void write(F&& f) {
    const auto done = store->write(Actor{"alice", "a test"}, std::forward<F>(f));
    ASSERT_TRUE(done) << done.error().text();
  }
  void set_policy(const BackupPolicy& policy) {
    write([&](Database& database) -> Result<> {
      const auto put = argos::put(database, "default", policy, ManagedBy::panel, "");
      return put ? Result<>() : put.error();
    });
  }
  static BackupPolicy schedule(std::string text) {
    BackupPolicy out;
    out.schedule = std::move(text);
    return out;
  }
  std::int64_t ask_for(std::string_view verb, const std::string& name = "", const boost::json::object& arguments = {}) {
    std::int64_t id = 0;
    write([&](Database& database) -> Result<> {
      const auto asked = argos::ask_anew(database, verb, {Kind::backup, name}, arguments);
      if (asked) id = *asked;
      return asked ? Result<>() : asked.error();
    });
    return id;
  }
  VerbRequest request(std::int64_t id) {
    VerbRequest out;
    (void)store->read([&](Database& database) -> Result<> {
      const auto found = read_request(database, id);
      if (found && *found) out = **found;
      return {};
    });
    return out;
  }
  std::vector<BackupRow> rows() {
    std::vector<BackupRow> out;
    (void)store->read([&](Database& database) -> Result<> {
      out = read_backups(database).value();
      return {};
    });
    return out;
  }
  std::int64_t number(const std::string& sql) {
    std::int64_t out = -1;
    (void)store->read([&](Database& database) -> Result<> {
      out = database.number(sql).value();
      return {};
    });
    return out;
  }
  std::int64_t audited(const std::string& action) {
    return number("SELECT count(*) FROM audit_log WHERE action = '" + action + "'");
  }
  std::string condition(const std::string& type) const { return condition_of(controller->key(), type); }
  std::string condition_of(const Key& key, const std::string& type) const {
    const auto* const held = conditions.find(key, type);
    return held == nullptr ? "" : std::string(to_string(held->status)) + " " + held->reason;
  }
  std::vector<std::string> files() const {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(folder / "backups"))
      out.push_back(entry.path().filename().string());
    std::ranges::sort(out);
    return out;
  }
  // A certificate whose key is sealed with that ring, in that database.
  static Result<> seal_key(Store& into, const KeyRing& with, const std::string& name, const std::string& bound_to = "") {
    const auto envelope = with.seal({"Certificate", bound_to.empty() ? name : bound_to, "key"}, "a key");
    return into.write(Actor{"alice", "a test"}, [&](Database& database) {
      return database.run("INSERT INTO host_manual_certs (name, key_pem_encrypted) VALUES (?, ?)", cells(name, *envelope));
    });
  }
  // One step; `meanwhile` as soon as a long job is in hand.
  void step_and_meanwhile(const std::function<void()>& meanwhile) {
    const std::function<void()> wait = [&] {
      if (condition("BackingUp") == "True Working") return meanwhile();
      boost::asio::post(context, wait);
    };
    boost::asio::post(context, wait);
    test::run(context, controller->step());
  }
  std::vector<std::string> audit_trail() {
    std::vector<std::string> out;
    (void)store->read([&](Database& database) -> Result<> {
      for (const auto& row : *database.query("SELECT action || ' ' || name AS line FROM audit_log ORDER BY rowid"))
        out.emplace_back(row.at("line").as_string());
      return {};
    });
    return out;
  }
  std::string path(const std::string& name) const { return folder / ("backups/" + name); }
  // One that argos would have made then.
  // Since what was brought was found.
  void a_day_passes() {
    write([](Database& database) { return database.run("UPDATE backups SET adopted_at = 1"); });
  }
  void put_archive(const std::string& created, BackupKind kind = BackupKind::scheduled) const {
    auto metadata = parse_archive_metadata(metadata_for(kContents, kind)).value();
    metadata.created_at = created;
    make_archive(path(archive_name(parse_rfc3339(created).value())),
                 {{"argos.db", kContents}, {"metadata.json", to_json_text(metadata)}});
  }

  inline static const std::string kContents = std::string(2000, 'x');
  TempFolder folder;
  LeapingClock clock;
  boost::asio::io_context context{1};
  Conditions conditions{clock};
  Reports reports;
  KeyRing ring{std::string(64, '1'), {}};
  std::atomic<bool> leaving = false;
  std::shared_ptr<MadeBefore> made_before = std::make_shared<MadeBefore>();
  std::unique_ptr<Store> store;
  std::unique_ptr<Controller> controller;
};

}  // namespace argos::test
