// SPDX-License-Identifier: Apache-2.0
#include "test/bench/figures/restores.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include <spdlog/fmt/fmt.h>

#include "controllers/migrations.hpp"
#include "controllers/restore_swap.hpp"
#include "runtime/archive_writer.hpp"
#include "test/bench/figures/api_site.hpp"
#include "test/support/process.hpp"

namespace argos::bench {
namespace {

using namespace std::chrono_literals;

constexpr double kOfTheRecipe = 1.0, kBlocked = 200;  // milliseconds
constexpr int kRounds = 3, kHosts = 10;
constexpr int kEntriesOf50Mb = kEntriesOf350Mb / 7;

double megabytes(const std::string& path) { return static_cast<double>(std::filesystem::file_size(path)) / 1e6; }

std::string archive_of(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder / "backups");
  ArchiveJob job;
  job.database = folder / "argos.db";
  job.folder = folder / "backups";
  job.metadata.created_at = "2026-11-27T02:00:00.000Z";
  job.name = "a.tar.gz";
  JobProgress progress;
  return job.folder + "/" + write_archive(job, progress).value().name;
}

double by_recipe(const test::TempFolder& folder, const std::string& archive) {
  const auto command = fmt::format("mkdir '{0}' && cd '{0}' && tar xzf '{1}' && sqlite3 argos.db 'PRAGMA integrity_check'",
                                   folder / "by-hand", archive);
  const auto took = milliseconds_of([&] {
    if (const auto ran = test::shell(command); ran.out != "ok\n") throw std::runtime_error(ran.out);
  });
  std::filesystem::remove_all(folder / "by-hand");
  return took;
}

// From the archive to the database in its place.
double restored(const test::TempFolder& folder, const std::string& archive, int round) {
  const RestorePlaces places{folder.path().string(), folder / "argos.db", folder / "backups"};
  const RestoreMarker marker{fmt::format("id{}", round), archive, {}, "", "bench", {}};
  const KeyRing ring("", {});
  JobProgress progress;
  const auto took = milliseconds_of([&] {
    const auto staged = stage({places, marker, places.staged(), true}, ring, progress).value();
    swap_in(places, marker, staged, std::chrono::system_clock::now()).value();
  });
  for (const auto& replaced : before_restore_files(places)) std::filesystem::remove(replaced);
  return took;
}

}  // namespace

std::vector<Figure> measure_restores() {
  const test::TempFolder folder;
  fill_audit_log(folder / "argos.db", kEntriesOf350Mb);
  const auto size = megabytes(folder / "argos.db");
  const auto archive = archive_of(folder.path());
  std::vector<double> recipe, own;
  for (int round = 0; round < kRounds; ++round) {
    recipe.push_back(by_recipe(folder, archive));
    own.push_back(restored(folder, archive, round));
  }
  return {{fmt::format("{:.0f} MB of log rows: a restore", size), fmt::format("{:.2f} ×", median(own) / median(recipe)),
           fmt::format("tar xzf, PRAGMA integrity_check: {:.0f} ms", median(recipe)), fmt::format("≤ {:.2f} ×", kOfTheRecipe),
           median(own) <= kOfTheRecipe * median(recipe)}};
}

namespace {

// The longest of changes, one after the other, while an archive is restored.
double longest_change(const ApiSite& site) {
  std::atomic<bool> done = false;
  std::string failed;
  std::thread restore([&] {
    const auto command = "restore --file a.tar.gz --yes --wait";
    if (const auto ran = site.world().argos(command); ran.status != 0) failed = ran.out;
    done = true;
  });
  double longest = 0;
  for (int round = 0; !done; ++round) {
    longest = std::max(longest, milliseconds_of([&] { site.change(round); }));
    std::this_thread::sleep_for(2ms);
  }
  restore.join();
  if (!failed.empty()) throw std::runtime_error("no restore: " + failed);
  return longest;
}

}  // namespace

std::vector<Figure> measure_blocked() {
  const ApiSite site(kHosts, [](const std::string& path) {
    fill_audit_log(path, kEntriesOf350Mb);
    archive_of(std::filesystem::path(path).parent_path());
    fill_audit_log(path, kEntriesOf50Mb);
  });
  const auto longest = longest_change(site);
  return {{fmt::format("{:.0f} MB being restored, 50 MB of it newer: a change applied, the longest", site.database_mb()),
           fmt::format("{:.0f} ms", longest), "", fmt::format("≤ {:.0f} ms", kBlocked), longest <= kBlocked}};
}

void fill_audit_log(const std::string& path, int entries) {
  auto database = Database::open(path, Database::Mode::create, 5000);
  const auto made = [&]() -> Result<> {
    if (auto migrated = migrate(*database, migration_steps()); !migrated) return migrated.error();
    return database->script(fmt::format(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {})"
        " INSERT INTO audit_log (at, actor, origin, action, kind, name, detail)"
        " SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now', (i * 0.01 - {}) || ' seconds'), 'user' || (abs(random()) % 40), 'panel',"
        " iif(abs(random()) % 10 = 0, 'LoggedIn', 'SessionEnded'), 'User', 'app' || (abs(random()) % 40) || '.example.com',"
        " json_object('session', hex(randomblob(8)), 'address', (abs(random()) % 223) || '.' || (abs(random()) % 255) || "
        "'.7.9',"
        " 'client', 'Mozilla/5.0 (X11; Linux x86_64; rv:1' || (abs(random()) % 30) || '.0) Gecko/20100101 Firefox/1' ||"
        " (abs(random()) % 30) || '.0', 'uri', '/api/v1/items/' || (abs(random()) % 100000) || '?page=' || (abs(random()) % "
        "50))"
        " FROM n;",
        entries, entries / 100));
  }();
  if (!made) throw std::runtime_error(made.error().text());
}

}  // namespace argos::bench
