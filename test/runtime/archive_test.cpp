// SPDX-License-Identifier: Apache-2.0
#include <random>

#include <sys/stat.h>

#include <spdlog/fmt/fmt.h>

#include "runtime/db_snapshot.hpp"
#include "test/support/archives.hpp"
#include "test/support/small_disk.hpp"
#include "test/support/torture.hpp"

namespace argos {
namespace {

using test::untarred;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

struct ArchiveTest : testing::Test {
  ArchiveTest() {
    std::filesystem::create_directories(folder / "backups");
    std::filesystem::create_directories(folder / "caddy");
    store = test::ready_store(folder / "argos.db");
    job.database = folder / "argos.db";
    job.folder = folder / "backups";
    job.name = "argos-backup-20261127-020000.tar.gz";
    job.caddy_data = folder / "caddy";
    job.metadata.kind = BackupKind::manual;
    job.metadata.note = "a note";
    job.metadata.created_at = "2026-11-27T02:00:00.000Z";
    job.metadata.schema_version = schema_version();
    job.proof = check_sound;
  }

  // So many rows of so many bytes that do not compress.
  void fill(int rows, int bytes = 100) {
    const auto sql = fmt::format(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) INSERT OR REPLACE INTO remembered SELECT "
        "'row' || i, hex(randomblob({})) FROM n",
        rows, bytes / 2);
    ASSERT_TRUE(store->write([&](Database& database) { return database.run(sql); }));
  }
  std::string path(const std::string& name) const { return job.folder + "/" + name; }
  std::vector<std::string> files() const {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(job.folder)) out.push_back(entry.path().filename().string());
    std::ranges::sort(out);
    return out;
  }
  std::string reason_of_reading(const std::string& name, const ArchiveReadOptions& options = {}) {
    const auto read = read_archive(path(name), progress, options);
    return read.problem ? read.problem->reason : "";
  }
  // Of a database that was restored from those bytes, when SQLite has found it sound.
  std::vector<std::string> rows_in(const std::string& bytes) {
    std::filesystem::remove(folder / "restored.db");
    auto restored = Database::open(folder.write("restored.db", bytes), Database::Mode::read_only);
    std::vector<std::string> out;
    if (!restored || !check_sound(*restored)) return out;
    for (const auto& row : *restored->query("SELECT key || ' ' || value AS line FROM remembered ORDER BY key"))
      out.emplace_back(row.at("line").as_string());
    return out;
  }
  void expect_nothing_left() {
    EXPECT_THAT(files(), IsEmpty());
    EXPECT_FALSE(std::filesystem::exists(folder / "argos.db.snapshot"));
  }

  test::TempFolder folder;
  std::unique_ptr<Store> store;
  ArchiveJob job;
  JobProgress progress;
};

TEST_F(ArchiveTest, TarOpensItAndItHoldsWhatIsPromisedAndNothingElse) {
  fill(500);
  folder.write("caddy/acme/key.pem", "a key");
  folder.write("caddy/certificates/a/b/c.crt", "a certificate");
  folder.write("caddy/empty", "");
  const auto made = write_archive(job, progress);
  ASSERT_TRUE(made) << made.error().text();
  const auto found = untarred(path(made->name));
  std::vector<std::string> names;
  for (const auto& [name, bytes] : found) names.push_back(name);
  EXPECT_THAT(names,
              ElementsAre("argos.db", "caddy/acme/key.pem", "caddy/certificates/a/b/c.crt", "caddy/empty", "metadata.json"));
  EXPECT_EQ(found.at("caddy/acme/key.pem"), "a key");
  EXPECT_EQ(sha256_hex(found.at("argos.db")), made->metadata.db_sha256);
  EXPECT_EQ(static_cast<std::int64_t>(found.at("argos.db").size()), made->metadata.db_bytes);
  EXPECT_EQ(parse_archive_metadata(found.at("metadata.json")).value(), made->metadata);
  EXPECT_EQ(made->metadata.caddy_files, 3);
  EXPECT_EQ(made->metadata.note, "a note");
  EXPECT_EQ(sha256_hex(test::bytes_of_file(path(made->name))), made->sha256);
  EXPECT_EQ(std::filesystem::file_size(path(made->name)), made->bytes);
  struct stat about {};
  ASSERT_EQ(::stat(path(made->name).c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
  EXPECT_THAT(files(), ElementsAre(made->name));
  EXPECT_FALSE(std::filesystem::exists(folder / "argos.db.snapshot"));
}

TEST_F(ArchiveTest, TheDatabaseInItIsTheLiveOneWhateverIsWrittenMeanwhile) {
  fill(2000);
  job.proof = [&](Database& snapshot) -> Result<> {
    fill(2000, 50);  // every row is another now, and the snapshot knows nothing of it
    const auto old = snapshot.number("SELECT count(*) FROM remembered WHERE length(value) = 100");
    EXPECT_EQ(*old, 2000);
    return check_sound(snapshot);
  };
  const auto made = write_archive(job, progress);
  ASSERT_TRUE(made) << made.error().text();
  folder.write("restored.db", untarred(path(made->name)).at("argos.db"));
  auto restored = Database::open(folder / "restored.db", Database::Mode::read_only);
  ASSERT_TRUE(restored);
  EXPECT_TRUE(check_sound(*restored));
  EXPECT_EQ(*restored->number("SELECT count(*) FROM remembered WHERE length(value) = 100"), 2000);
}

TEST_F(ArchiveTest, WhoeverWritesMeanwhileSeesNoError) {
  fill(20'000, 2000);
  auto writer = Database::open(job.database, Database::Mode::read_write);  // without any patience
  ASSERT_TRUE(writer);
  std::atomic<bool> over = false;
  int writes = 0, errors = 0;
  std::thread other([&] {
    for (; !over; ++writes) errors += writer->run("REPLACE INTO remembered VALUES ('busy', hex(randomblob(50)))") ? 0 : 1;
  });
  const auto made = write_archive(job, progress);
  over = true;
  other.join();
  EXPECT_TRUE(made) << made.error().text();
  EXPECT_EQ(errors, 0) << "of " << writes;
  EXPECT_GT(writes, 10);
}

TEST_F(ArchiveTest, TheReaderFindsItGood) {
  fill(3000);
  folder.write("caddy/a", std::string(3'000'000, 'x'));
  const auto made = write_archive(job, progress);
  ASSERT_TRUE(made) << made.error().text();
  const auto read = read_archive(path(made->name), progress);
  ASSERT_FALSE(read.problem) << read.problem->text();
  EXPECT_EQ(read.metadata, made->metadata);
  EXPECT_EQ(read.sha256, made->sha256);
  EXPECT_EQ(read.bytes, made->bytes);
  EXPECT_EQ(read.caddy_files, 1);
  EXPECT_EQ(progress.done, made->bytes);
}

TEST_F(ArchiveTest, NeverOverAnother) {
  const auto created = parse_rfc3339(job.metadata.created_at).value();
  for (const auto* const wanted : {"argos-backup-20261127-020000.tar.gz", "argos-backup-20261127-020000-1.tar.gz",
                                   "argos-backup-20261127-020000-2.tar.gz"}) {
    job.name = free_archive_name(job.folder, created);
    EXPECT_EQ(job.name, wanted);
    ASSERT_TRUE(write_archive(job, progress));
  }
  const auto before = test::bytes_of_file(path(job.name));
  const auto again = write_archive(job, progress);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().reason, "AlreadyExists");
  EXPECT_EQ(test::bytes_of_file(path(job.name)), before);
  EXPECT_EQ(files().size(), 3U);
}

TEST_F(ArchiveTest, WhatIsNotSoundGetsNoArchive) {
  job.proof = [](Database&) -> Result<> { return Error{"SnapshotUnsound", "x"}; };
  EXPECT_EQ(write_archive(job, progress).error().reason, "SnapshotUnsound");
  expect_nothing_left();
}

TEST_F(ArchiveTest, ARowThatRefersToNothingIsFound) {
  auto made = Database::open(folder / "other.db", Database::Mode::create);
  ASSERT_TRUE(made->script(
      "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (a INTEGER REFERENCES a (id)); INSERT INTO b VALUES (7)"));
  EXPECT_EQ(check_sound(*made).error().reason, "SnapshotUnsound");
}

TEST_F(ArchiveTest, EndsWhenItIsTold) {
  fill(1000);
  progress.cancelled = true;
  EXPECT_EQ(write_archive(job, progress).error().reason, "Cancelled");
  expect_nothing_left();
}

TEST_F(ArchiveTest, LeftoversOfDeadRunsGoAndNothingElse) {
  for (const auto* const name :
       {".argos-backup-20261101-000000.tar.gz.partial", "argos-backup-20261101-000000.tar.gz", "notes.partial", ".hidden"})
    folder.write(std::string("backups/") + name, "x");
  ASSERT_TRUE(remove_archive_leftovers(job.folder));
  EXPECT_THAT(files(), ElementsAre(".hidden", "argos-backup-20261101-000000.tar.gz", "notes.partial"));
  EXPECT_TRUE(remove_archive_leftovers(folder / "nowhere"));
}

TEST_F(ArchiveTest, CaddysFilesAreTakenAsFarAsTheyCanBe) {
  folder.write("secret", "not Caddy's");
  folder.write("caddy/one", "1");
  folder.write("caddy/manual-certs/app.key", "a plain key");
  folder.write("caddy/locks/issue.lock", "stale");
  std::filesystem::create_symlink(folder / "secret", folder / "caddy/link");
  std::filesystem::create_symlink(folder.path(), folder / "caddy/way-out");
  ASSERT_EQ(::mkfifo((folder / "caddy/fifo").c_str(), 0600), 0);
  job.never = {folder / "caddy/manual-certs", folder / "argos.db"};
  const auto made = write_archive(job, progress);
  ASSERT_TRUE(made) << made.error().text();
  const auto found = untarred(path(made->name));
  EXPECT_EQ(found.size(), 3U);
  EXPECT_TRUE(found.contains("caddy/one"));
  std::map<std::string, std::string> why;
  for (const auto& one : made->caddy.first_skipped) why[one.path] = one.reason;
  EXPECT_THAT(why, ElementsAre(Pair("fifo", "NotAFile"), Pair("link", "NotAFile"), Pair("manual-certs", "NotCaddys"),
                               Pair("way-out", "NotAFile")));
  EXPECT_EQ(made->metadata.caddy_files, 1);
}

TEST_F(ArchiveTest, WithoutCaddysFolderThereIsAnArchiveAllTheSame) {
  job.caddy_data = folder / "nowhere";
  const auto made = write_archive(job, progress);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->caddy.folder_reason, "NotFound");
  EXPECT_EQ(untarred(path(made->name)).size(), 2U);
}

TEST_F(ArchiveTest, CaddysFilesMayChangeWhileTheyAreRead) {
  const auto large = folder.write("caddy/large", std::string(8U << 20U, 'x'));
  for (int number = 0; number < 50; ++number) folder.write("caddy/f" + std::to_string(number), std::string(1000, 'y'));
  std::atomic<bool> over = false;
  std::thread other([&] {
    for (int round = 0; !over; ++round) {
      std::error_code ignored;
      std::filesystem::resize_file(large, round % 2 == 0 ? 100U : 9U << 20U, ignored);
      const auto small = folder / ("caddy/f" + std::to_string(round % 50));
      std::filesystem::remove(small, ignored);
      folder.write("caddy/f" + std::to_string(round % 50), std::string(static_cast<std::size_t>(round % 3000), 'z'));
    }
  });
  for (int round = 0; round < 4; ++round) {
    job.name = "argos-backup-20261127-02000" + std::to_string(round) + ".tar.gz";
    const auto made = write_archive(job, progress);
    EXPECT_TRUE(made) << made.error().text();
    if (!made) continue;
    EXPECT_EQ(static_cast<std::int64_t>(untarred(path(job.name)).size()), made->metadata.caddy_files + 2);
  }
  over = true;
  other.join();
}

TEST_F(ArchiveTest, AFullDiskLeavesNothingBehind) {
  fill(3000, 1000);
  const test::SmallDisk disk(job.folder, 600);
  if (!disk.mounted()) GTEST_SKIP() << "only root can have a small disk";
  const auto made = write_archive(job, progress);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().reason, "NoSpace");
  EXPECT_NE(made.error().hint, "");
  expect_nothing_left();
  disk.grow(20'000);
  EXPECT_TRUE(write_archive(job, progress));
}

TEST_F(ArchiveTest, ADataFolderWithoutRoomIsFoundBeforeAnythingIsWritten) {
  std::filesystem::create_directories(folder / "small");
  const test::SmallDisk disk(folder / "small", 3000);
  if (!disk.mounted()) GTEST_SKIP() << "only root can have a small disk";
  auto other = test::ready_store(folder / "small/argos.db");
  ASSERT_TRUE(other->write(
      [](Database& database) { return database.run("INSERT INTO remembered VALUES ('x', hex(randomblob(600000)))"); }));
  job.database = folder / "small/argos.db";
  const auto made = write_archive(job, progress);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().reason, "NoSpace") << made.error().text();
  EXPECT_THAT(files(), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(folder / "small/argos.db.snapshot"));
}

const std::string kDatabase(5000, 'd');

struct Hostile {
  const char* reason;
  std::vector<test::TarMember> members;
};

TEST_F(ArchiveTest, AnArchiveOfAnotherFormIsRefused) {
  const test::TarMember database{"argos.db", kDatabase}, metadata{"metadata.json", test::metadata_for(kDatabase)};
  const std::vector<Hostile> cases{
      {"", {database, metadata}},
      {"", {metadata, {"caddy", "", 'd'}, {"caddy/a/b", "x"}, database}},
      {"", {{"./argos.db", kDatabase}, {"./metadata.json", metadata.contents}, {"./", "", 'd'}}},
      {"DatabaseMissing", {metadata}},
      {"MetadataMissing", {database}},
      {"MetadataInvalid", {database, {"metadata.json", "{}"}}},
      {"MetadataInvalid", {database, {"metadata.json", std::string(100'000, ' ')}}},
      {"DatabaseDiffers", {{"argos.db", kDatabase + "x"}, metadata}},
      {"UnexpectedMember", {database, metadata, {".env", "ARGOS_MASTER_KEY=…"}}},
      {"UnexpectedMember", {database, metadata, {"caddy/../../etc/passwd", "x"}}},
      {"UnexpectedMember", {database, metadata, {"/etc/passwd", "x"}}},
      {"UnexpectedMember", {database, metadata, {"../argos.db", "x"}}},
      {"UnexpectedMember", {database, metadata, {"caddy/link", "/etc", 'l'}}},
      {"UnexpectedMember", {database, metadata, {"caddy/hard", "argos.db", 'h'}}},
      {"UnexpectedMember", {{"argos.db", "/data/argos.db", 'l'}, metadata}},
      {"UnexpectedMember", {database, database, metadata}},
      {"UnexpectedMember", {database, metadata, metadata}},
      {"UnexpectedMember", {database, metadata, {"caddy/a\nb", "x"}}},
      {"UnexpectedMember", {database, metadata, {"caddyx/a", "x"}}},
  };
  for (const auto& one : cases) {
    test::make_archive(path("a.tar.gz"), one.members);
    EXPECT_EQ(reason_of_reading("a.tar.gz"), one.reason) << one.members.back().path;
  }
}

TEST_F(ArchiveTest, WhatIsNoWholeGzipIsRefused) {
  const test::TarMember database{"argos.db", kDatabase}, metadata{"metadata.json", test::metadata_for(kDatabase)};
  test::make_archive(path("good.tar.gz"), {database, metadata});
  const auto good = test::bytes_of_file(path("good.tar.gz"));
  const auto reason = [&](const std::string& bytes) {
    folder.write("backups/a.tar.gz", bytes);
    return reason_of_reading("a.tar.gz");
  };
  EXPECT_EQ(reason(good), "");
  for (std::size_t length = 0; length < good.size(); length += 7)
    EXPECT_EQ(reason(good.substr(0, length)), "Truncated") << length;
  EXPECT_EQ(reason(good + "x"), "TrailingBytes");
  EXPECT_EQ(reason(good + std::string(600'000, '\0')), "TrailingBytes");
  EXPECT_EQ(reason(good + good), "TrailingBytes");
  EXPECT_EQ(reason("no gzip at all"), "Corrupt");
  EXPECT_EQ(reason(test::gzipped("no tar at all")), "NotATar");
  EXPECT_EQ(reason(test::gzipped(std::string(5000, '\0'))), "DatabaseMissing");
}

TEST_F(ArchiveTest, ABombIsNotUnpackedWhole) {
  const test::TarMember database{"argos.db", std::string(8U << 20U, '\0')};
  test::make_archive(path("bomb.tar.gz"), {database, {"metadata.json", test::metadata_for(database.contents)}});
  EXPECT_EQ(reason_of_reading("bomb.tar.gz"), "");
  EXPECT_EQ(reason_of_reading("bomb.tar.gz", {.most_unpacked = 2U << 20U}), "TooLarge");
}

// A header that promises more than anybody may have is believed at once.
TEST_F(ArchiveTest, WhatSaysThatItIsTooLargeIsNotUnpackedAtAll) {
  test::make_archive(path("a.tar.gz"), {{"argos.db", std::string(8U << 20U, '\0')}});
  std::uint64_t taken = 0;
  ArchiveReadOptions options{.most_unpacked = 2U << 20U};
  options.take = [&](std::string_view, std::string_view bytes) {
    taken += bytes.size();
    return Result<>();
  };
  EXPECT_EQ(reason_of_reading("a.tar.gz", options), "TooLarge");
  EXPECT_EQ(taken, 0U);
  EXPECT_EQ(most_in(1), 4ULL << 30U);
  EXPECT_EQ(most_in(1U << 30U), 200ULL << 30U);
}

TEST_F(ArchiveTest, WhatCannotBeReadSaysNothingOfTheBytes) {
  EXPECT_EQ(reason_of_reading("nothing.tar.gz"), "NotFound");
  std::filesystem::create_directories(path("folder.tar.gz"));
  EXPECT_EQ(reason_of_reading("folder.tar.gz"), "CannotRead");
  std::filesystem::create_symlink("/etc/passwd", path("link.tar.gz"));
  EXPECT_EQ(reason_of_reading("link.tar.gz"), "CannotRead");
  test::make_archive(path("a.tar.gz"), {});
  progress.cancelled = true;
  EXPECT_EQ(reason_of_reading("a.tar.gz"), "Cancelled");
}

TEST_F(ArchiveTest, OneThatIsReadSlowlyTakesItsTime) {
  fill(2000, 1000);
  ASSERT_TRUE(write_archive(job, progress));
  const auto size = std::filesystem::file_size(path(job.name));
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(reason_of_reading(job.name, {.bytes_a_second = size * 5}), "");
  EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(150));
}

// Found, or what a restore would take from it is byte for byte what was there.
TEST_F(ArchiveTest, FlippedBitsTorture) {
  fill(300);
  folder.write("caddy/acme/key.pem", std::string(2000, 'k'));
  const auto made = write_archive(job, progress);
  ASSERT_TRUE(made);
  std::optional<Error> problem;
  const auto whole = test::contents_of(path(made->name), problem);
  ASSERT_FALSE(problem);
  ASSERT_EQ(whole.size(), 3U);
  const auto rows = rows_in(whole.at("argos.db"));
  ASSERT_EQ(rows.size(), 300U);
  const auto good = test::bytes_of_file(path(made->name));
  std::minstd_rand random(static_cast<std::uint32_t>(test::seed()));
  int found = 0;
  const int most = test::rounds(20, 200);
  for (int round = 0; round < most; ++round) {
    auto bad = good;
    const auto at = round < 12 ? static_cast<std::size_t>(round) : random() % bad.size();
    bad[at] = static_cast<char>(bad[at] ^ (1 << (random() % 8)));
    folder.write("backups/flipped.tar.gz", bad);
    const auto read = test::contents_of(path("flipped.tar.gz"), problem);
    found += problem ? 1 : 0;
    EXPECT_NE(sha256_hex(bad), made->sha256);
    if (problem) continue;
    EXPECT_EQ(read, whole) << "byte " << at;
    EXPECT_EQ(rows_in(untarred(path("flipped.tar.gz")).at("argos.db")), rows) << "byte " << at;
  }
  EXPECT_GT(found, most / 2);
}

}  // namespace
}  // namespace argos
