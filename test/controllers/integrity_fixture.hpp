// SPDX-License-Identifier: Apache-2.0
// The controller `integrity` over real files and a real database, its clock moved by hand.
#pragma once

#include <sys/stat.h>

#include <boost/json.hpp>

#include "controllers/integrity.hpp"
#include "test/support/support.hpp"

namespace argos::test {

struct IntegrityTest : testing::Test {
  TempFolder folder;
  const std::string site = folder / "site", certs = folder / "certs";
  boost::asio::io_context context;
  ManualClock clock;
  Conditions conditions{clock};
  Reports reports;
  std::unique_ptr<Store> store = ready_store(folder / "argos.db");
  Database other = *Database::open(folder / "argos.db", Database::Mode::read_write, 1000);
  std::unique_ptr<Controller> controller = make();

  IntegrityTest() {
    std::filesystem::create_directories(site);
    std::filesystem::create_directories(certs);
  }

  std::unique_ptr<Controller> make() {
    return std::make_unique<Controller>(std::make_unique<Integrity>(*store, conditions, reports, clock, certs), conditions,
                                        clock);
  }
  bool step() { return run(context, controller->step()); }
  // Lets the clock pass to whatever the controller wants next. False: it wants nothing more.
  bool wait() {
    const auto next = controller->stats().next;
    if (next) clock.advance(*next - clock.wall());
    return next.has_value();
  }
  void mark() { controller->mark(controller->key(), "test"); }
  // Until it has come to an end with what it has found.
  void look() {
    mark();
    constexpr int kMost = 10'000;
    for (int at = 0; at < kMost; ++at) {
      if (!step() && !wait()) return;
    }
    throw std::logic_error("the controller comes to no end");
  }

  std::string write(const std::string& name, std::string_view contents) const { return folder.write(name, contents); }
  void baseline(const Places& places) {
    ByPath<FileState> files;
    for (const auto& [path, entry] : read_tree(places).entries) {
      const bool is_file = entry.kind == FileKind::file;
      files[path] =
          is_file ? FileState{entry.kind, sha256_of_file(path).value(), entry.mode} : FileState{entry.kind, entry.target, {}};
    }
    store->write([&](Database& database) { return record_baseline(database, places, files, clock.wall()); }).value();
  }

  std::vector<std::string> texts(const std::string& query) {
    std::vector<std::string> out;
    for (const auto& row : other.query(query).value()) out.emplace_back(row.begin()->value().as_string());
    return out;
  }
  std::int64_t number(const std::string& query) { return other.number(query).value(); }
  // "changed /site/a", of what is open.
  std::vector<std::string> findings() {
    std::vector<std::string> out = texts(
        "SELECT (found ->> 'change') || ' ' || path FROM findings WHERE surface = 'integrity' AND open = 1 ORDER BY path");
    for (auto& one : out) {
      if (const auto at = one.find(folder.path()); at != std::string::npos) one.erase(at, folder.path().string().size());
    }
    return out;
  }
  std::string intact() const {
    const auto* const condition = conditions.find(controller->key(), "Intact");
    return condition == nullptr ? "" : std::string(to_string(condition->status)) + " " + condition->reason;
  }
  std::int64_t bytes_left() const {
    const auto& reading = reports.find("integrity")->at("reading");
    return reading.is_null() ? 0 : reading.at("bytes").to_number<std::int64_t>();
  }
};

}  // namespace argos::test
