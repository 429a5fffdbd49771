// SPDX-License-Identifier: Apache-2.0
#include "test/bench/figures/backups.hpp"

#include <filesystem>
#include <fstream>

#include <malloc.h>

#include <spdlog/fmt/fmt.h>

#include "runtime/archive_writer.hpp"
#include "runtime/db_snapshot.hpp"
#include "test/support/process.hpp"

namespace argos::bench {
namespace {

constexpr double kWithout = 0.25, kWith = 0.6, kSize = 1.2, kMemory = 64;  // of the recipe; MiB
constexpr int kRounds = 3;

double kib_of(const char* field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field)) return std::stod(line.substr(line.find(':') + 1));
  }
  return 0;
}

struct Measured {
  double took = 0, memory_mib = 0;
  std::uint64_t bytes = 0;
};

Measured back_up(const test::TempFolder& folder, bool proof) {
  ArchiveJob job;
  job.database = folder / "argos.db";
  job.folder = folder / "backups";
  job.metadata.created_at = "2026-11-27T02:00:00.000Z";
  job.name = "argos-backup-20261127-020000.tar.gz";
  if (proof) job.proof = check_sound;
  Measured out;
  ::malloc_trim(0);  // what former rounds have left would hide what this one needs
  std::ofstream("/proc/self/clear_refs") << "5";  // the peak begins anew
  const auto idle = kib_of("VmRSS");
  JobProgress progress;
  out.took = milliseconds_of([&] { out.bytes = write_archive(job, progress).value().bytes; });
  out.memory_mib = (kib_of("VmHWM") - idle) / 1024;
  std::filesystem::remove(job.folder + "/" + job.name);
  return out;
}

Measured by_recipe(const test::TempFolder& folder) {
  Measured out;
  const auto command = fmt::format(
      "cd '{}' && sqlite3 argos.db \"VACUUM INTO 'copy.db'\" && tar czf copy.tar.gz copy.db && sha256sum copy.tar.gz",
      folder.path().string());
  out.took = milliseconds_of([&] {
    if (const auto ran = test::shell(command); ran.status != 0) throw std::runtime_error(ran.out);
  });
  out.bytes = std::filesystem::file_size(folder / "copy.tar.gz");
  for (const auto* const name : {"copy.db", "copy.tar.gz"}) std::filesystem::remove(folder / name);
  return out;
}

}  // namespace

void fill_log(const std::string& path, int rows) {
  auto database = Database::open(path, Database::Mode::create);
  const auto made = database->script(fmt::format(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"  // it lies on the disk, as one does that has grown: no checkpoint of argos writes all of it
      "CREATE TABLE log_entries (id INTEGER PRIMARY KEY, at TEXT, host TEXT, method TEXT, uri TEXT, status INTEGER, bytes "
      "INTEGER,"
      " took REAL, address TEXT, agent TEXT);"
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {})"
      " INSERT INTO log_entries SELECT i, strftime('%Y-%m-%dT%H:%M:%fZ', 1760000000 + i * 0.37, 'unixepoch'),"
      " 'app' || (abs(random()) % 40) || '.example.com', iif(abs(random()) % 10 = 0, 'POST', 'GET'),"
      " '/api/v1/items/' || (abs(random()) % 100000) || '?page=' || (abs(random()) % 50), 200 + 100 * (abs(random()) % 4),"
      " abs(random()) % 90000, (abs(random()) % 100000) / 1e5,"
      " (abs(random()) % 223) || '.' || (abs(random()) % 255) || '.' || (abs(random()) % 255) || '.' || (abs(random()) % 255),"
      " 'Mozilla/5.0 (X11; Linux x86_64; rv:1' || (abs(random()) % 30) || '.0) Gecko/20100101 Firefox/1' || (abs(random()) % "
      "30) || '.0'"
      " FROM n; CREATE INDEX log_entries_at ON log_entries (at); CREATE INDEX log_entries_host ON log_entries (host, status);",
      rows));
  if (!made) throw std::runtime_error(made.error().text());
}

std::vector<Figure> measure_backups() {
  const test::TempFolder folder;
  fill_log(folder / "argos.db", kRowsOf350Mb);
  const auto database = static_cast<double>(std::filesystem::file_size(folder / "argos.db")) / 1e6;
  std::vector<double> without, with, recipe, memory;
  double size = 0, their_size = 0;
  for (int round = 0; round < kRounds; ++round) {
    const auto theirs = by_recipe(folder);
    const auto bare = back_up(folder, false), proven = back_up(folder, true);
    recipe.push_back(theirs.took);
    without.push_back(bare.took);
    with.push_back(proven.took);
    memory.push_back(std::max(bare.memory_mib, proven.memory_mib));
    size = static_cast<double>(bare.bytes) / 1e6;
    their_size = static_cast<double>(theirs.bytes) / 1e6;
  }
  const auto yardstick = fmt::format("VACUUM INTO, tar czf, sha256sum: {:.0f} ms, {:.1f} MB", median(recipe), their_size);
  const auto ratio = [&](const char* what, double measured, double theirs, double bound) {
    return Figure{fmt::format("{:.0f} MB of log rows: {}", database, what), fmt::format("{:.2f} ×", measured / theirs),
                  yardstick, fmt::format("≤ {:.2f} ×", bound), measured <= bound * theirs};
  };
  return {ratio("a backup without proof", median(without), median(recipe), kWithout),
          ratio("a backup that is proven and read back", median(with), median(recipe), kWith),
          ratio("the archive's size", size, their_size, kSize),
          {"memory above idle while it is made", fmt::format("{:.1f} MiB", median(memory)), "",
           fmt::format("≤ {:.0f} MiB", kMemory), median(memory) <= kMemory}};
}

}  // namespace argos::bench
