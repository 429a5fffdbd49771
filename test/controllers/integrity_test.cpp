// SPDX-License-Identifier: Apache-2.0
#include "controllers/integrity.hpp"

#include <fcntl.h>

#include "test/controllers/integrity_fixture.hpp"

namespace argos {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::IntegrityTest;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(IntegrityTest, WithNothingToWatchItIsReadyAndIntact) {
  look();
  EXPECT_TRUE(conditions.is_true(controller->key(), "Ready"));
  EXPECT_EQ(intact(), "True AsExpected");
  EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(IntegrityTest, WhatWasNeverTakenDownIsNotLookedAt) {
  write("site/a", "a");
  look();
  EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(IntegrityTest, UntouchedFilesAreIntact) {
  write("site/a", "a");
  write("site/sub/b", "b");
  baseline({site});
  look();
  EXPECT_THAT(findings(), IsEmpty());
  EXPECT_EQ(intact(), "True AsExpected");
  const auto& report = *reports.find("integrity");
  EXPECT_EQ(report.at("files").to_number<int>(), 2);
  EXPECT_EQ(report.at("bytes").to_number<int>(), 2);
  EXPECT_EQ(report.at("differences").to_number<int>(), 0);
}

TEST_F(IntegrityTest, ItsOwnDatabaseIsLeftOut) {
  write("site/a", "a");
  baseline({folder.path()});
  ASSERT_TRUE(other.run("DELETE FROM integrity_baseline WHERE path LIKE '%argos.db%'"));
  look();
  EXPECT_THAT(findings(), IsEmpty());
  EXPECT_EQ(reports.find("integrity")->at("files").to_number<int>(), 1);
}

// ---- tampering -------------------------------------------------------------------------------------------------------------

struct Tampering {
  std::string name;
  std::function<void(const std::string& site)> hand;
  std::vector<std::string> found;
};
struct Tampered : IntegrityTest, testing::WithParamInterface<Tampering> {};

void same_size_and_time(const std::string& file, const std::string& contents) {
  struct stat about {};
  ::stat(file.c_str(), &about);
  std::ofstream(file) << contents;
  const std::array<timespec, 2> times{about.st_atim, about.st_mtim};
  ::utimensat(AT_FDCWD, file.c_str(), times.data(), 0);
}

const std::vector<Tampering> kTampering{
    {"Append", [](const auto& site) { std::ofstream(site + "/a", std::ios::app) << "x"; }, {"changed /site/a"}},
    {"Truncate", [](const auto& site) { fs::resize_file(site + "/a", 1); }, {"changed /site/a"}},
    {"SameSizeAndTime", [](const auto& site) { same_size_and_time(site + "/a", "AAAA"); }, {"changed /site/a"}},
    {"Replace",
     [](const auto& site) {
       std::ofstream(site + "/new") << "evil";
       fs::rename(site + "/new", site + "/a");
     },
     {"changed /site/a"}},
    {"Mode", [](const auto& site) { ::chmod((site + "/a").c_str(), 0777); }, {"mode /site/a"}},
    {"Add", [](const auto& site) { std::ofstream(site + "/sub/new") << "x"; }, {"added /site/sub/new"}},
    {"Remove", [](const auto& site) { fs::remove(site + "/a"); }, {"removed /site/a"}},
    {"Rename", [](const auto& site) { fs::rename(site + "/a", site + "/c"); }, {"removed /site/a", "added /site/c"}},
    {"Swap",
     [](const auto& site) {
       fs::rename(site + "/a", site + "/t");
       fs::rename(site + "/sub/b", site + "/a");
       fs::rename(site + "/t", site + "/sub/b");
     },
     {"changed /site/a", "changed /site/sub/b"}},
    {"LinkSwapped",
     [](const auto& site) {
       fs::remove(site + "/link");
       fs::create_symlink("sub/b", site + "/link");
     },
     {"changed /site/link"}},
    {"FileBecomesLink",
     [](const auto& site) {
       fs::remove(site + "/a");
       fs::create_symlink("/etc/shadow", site + "/a");
     },
     {"changed /site/a"}},
    {"FileBecomesFifo",
     [](const auto& site) {
       fs::remove(site + "/a");
       ::mkfifo((site + "/a").c_str(), 0600);
     },
     {"changed /site/a"}},
    {"FolderGone", [](const auto& site) { fs::remove_all(site); }, {"removed /site"}},
    {"SubFolderGone", [](const auto& site) { fs::remove_all(site + "/sub"); }, {"removed /site/sub/b"}},
    {"OnlySqliteMoved", [](const auto& site) { std::ofstream(site + "/x.db-wal") << "x"; }, {}},
    {"OnlyTouched", [](const auto& site) { fs::last_write_time(site + "/a", fs::file_time_type::clock::now()); }, {}},
};

TEST_P(Tampered, IsFound) {
  write("site/a", "aaaa");
  write("site/sub/b", "bbbb");
  fs::create_symlink("a", site + "/link");
  baseline({site});
  look();
  ASSERT_THAT(findings(), IsEmpty());
  GetParam().hand(site);
  look();
  EXPECT_EQ(findings(), GetParam().found);
  EXPECT_EQ(intact(), GetParam().found.empty() ? "True AsExpected" : "False FilesDiffer");
  EXPECT_TRUE(conditions.is_true(controller->key(), "Ready")) << "files in trouble are no trouble of the controller";
}

INSTANTIATE_TEST_SUITE_P(Each, Tampered, testing::ValuesIn(kTampering), [](const auto& one) { return one.param.name; });

TEST_F(IntegrityTest, AFindingNamesFileChangeWantedAndFound) {
  write("site/a", "a");
  baseline({site});
  ::chmod((site + "/a").c_str(), 0600);
  std::ofstream(site + "/a") << "b";
  look();
  const auto row = other.query("SELECT path, wanted, found, action FROM findings").value().at(0);
  EXPECT_EQ(row.at("path"), boost::json::string(site + "/a"));
  EXPECT_EQ(row.at("action"), "reported");
  EXPECT_EQ(boost::json::parse(row.at("wanted").as_string()),
            (boost::json::object{{"sha256", sha256_hex("a")}, {"mode", "0644"}}));
  EXPECT_EQ(boost::json::parse(row.at("found").as_string()),
            (boost::json::object{{"change", "changed"}, {"sha256", sha256_hex("b")}, {"mode", "0600"}}));
}

TEST_F(IntegrityTest, WhatIsPutRightIsClosed) {
  write("site/a", "a");
  baseline({site});
  write("site/a", "b");
  look();
  ASSERT_THAT(findings(), ElementsAre("changed /site/a"));
  write("site/a", "a");
  look();
  EXPECT_THAT(findings(), IsEmpty());
  EXPECT_EQ(intact(), "True AsExpected");
}

TEST_F(IntegrityTest, ANewBaselineMakesWhatIsThereRight) {
  write("site/a", "a");
  write("site/sub/b", "b");
  baseline({site});
  write("site/a", "b");
  write("site/sub/b", "c");
  look();
  ASSERT_THAT(findings(), ElementsAre("changed /site/a", "changed /site/sub/b"));
  baseline({site + "/sub"});  // of a part
  look();
  EXPECT_THAT(findings(), ElementsAre("changed /site/a"));
  EXPECT_EQ(number("SELECT count(*) FROM integrity_places"), 1);
  baseline({site});
  look();
  EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(IntegrityTest, AForgottenPlaceIsWatchedNoLonger) {
  write("site/a", "a");
  baseline({site});
  write("site/a", "b");
  look();
  ASSERT_FALSE(findings().empty());
  store
      ->write([&](Database& database) -> Result<> {
        EXPECT_TRUE(forget_baseline(database, site).value());
        EXPECT_FALSE(forget_baseline(database, site).value());
        return {};
      })
      .value();
  look();
  EXPECT_THAT(findings(), IsEmpty());
  EXPECT_EQ(number("SELECT count(*) FROM integrity_read"), 0);
}

TEST_F(IntegrityTest, ADifferenceCountsOnceItWasSeenTwice) {
  write("site/a", "a");
  baseline({site});
  look();
  write("site/new", "x");
  mark();
  while (step()) {
  }
  ASSERT_GT(controller->stats().next, clock.wall());
  fs::remove(site + "/new");
  while (wait()) {
    while (step()) {
    }
  }
  EXPECT_EQ(number("SELECT count(*) FROM findings"), 0);
  EXPECT_EQ(intact(), "True AsExpected");
}

TEST_F(IntegrityTest, ManyDifferencesBecomeFewFindings) {
  baseline({site});
  for (int file = 0; file < 150; ++file) write("site/" + std::to_string(file), "x");
  look();
  EXPECT_EQ(number("SELECT count(*) FROM findings WHERE open = 1"), 101);
  EXPECT_THAT(texts("SELECT found FROM findings WHERE path = ''"), ElementsAre(HasSubstr("\"more\":50")));
  EXPECT_THAT(conditions.find(controller->key(), "Intact")->message, HasSubstr("150 files"));
}

TEST_F(IntegrityTest, OddNamesMakeValidJson) {
  for (const char* const name : {"new\nline", "back\\slash", "invalid\xff\xc3", "quote\"", " "})
    write(std::string("site/") + name, "x");
  baseline({site});
  look();
  ASSERT_THAT(findings(), IsEmpty());
  for (const auto& file : fs::directory_iterator(site)) std::ofstream(file.path()) << "y";
  look();
  EXPECT_THAT(findings(), ElementsAre("changed /site/ ", "changed /site/back\\\\slash", "changed /site/invalid\\xff\\xc3",
                                      "changed /site/new\\nline", "changed /site/quote\""));
  EXPECT_NO_THROW(boost::json::parse(boost::json::serialize(*reports.find("integrity"))));
}

// ---- what is read, and when ------------------------------------------------------------------------------------------------

TEST_F(IntegrityTest, APassThatFindsNothingChangedReadsAndWritesNothing) {
  for (const char* const name : {"a", "b", "c"}) write(std::string("site/") + name, name);
  baseline({site});
  // A file is remembered once its last change lies further back than a tick of the file system's clock.
  ASSERT_TRUE(test::eventually([&] {
    look();
    return number("SELECT count(*) FROM integrity_read") == 3;
  }));
  const auto read_at = number("SELECT max(read_at) FROM integrity_read");
  const auto before = number("PRAGMA data_version");
  clock.advance(1h);
  look();
  EXPECT_EQ(number("SELECT max(read_at) FROM integrity_read"), read_at);
  EXPECT_EQ(number("PRAGMA data_version"), before);
}

TEST_F(IntegrityTest, WhatRotsOnTheDiskIsFoundByTheSlowRead) {
  write("site/a", "aaaa");
  baseline({site});
  ASSERT_TRUE(test::eventually([&] {
    look();
    return number("SELECT count(*) FROM integrity_read") == 1;
  }));
  // Other bytes, and a stamp that says nothing of it.
  std::ofstream(site + "/a") << "aaab";
  struct stat about {};
  ::stat((site + "/a").c_str(), &about);
  const auto stamp = stamp_of(about);
  ASSERT_TRUE(other.run("UPDATE integrity_read SET mtime_ns = ?, ctime_ns = ?", cells(stamp.mtime_ns, stamp.ctime_ns)));
  look();
  EXPECT_THAT(findings(), IsEmpty()) << "by stamps alone it cannot be seen";
  clock.advance(Integrity::kReread);
  look();
  EXPECT_THAT(findings(), ElementsAre("changed /site/a"));
}

TEST_F(IntegrityTest, ReadingKeepsItsRateHoweverOftenItIsWoken) {
  write("site/big", std::string(3 * Integrity::kPiece, 'x'));
  baseline({site});
  mark();
  ASSERT_TRUE(step());  // the look
  ASSERT_TRUE(step());  // the first piece
  EXPECT_EQ(bytes_left(), 2 * Integrity::kPiece);
  EXPECT_EQ(intact(), "Unknown Reading");
  EXPECT_TRUE(conditions.is_true(controller->key(), "Ready")) << "a long pass keeps nobody waiting";
  for (int woken = 0; woken < 10; ++woken) {
    mark();
    while (step()) {
    }
  }
  EXPECT_EQ(bytes_left(), 2 * Integrity::kPiece);
  constexpr auto kSecond = std::chrono::duration_cast<Span>(1s);
  clock.advance(kSecond * Integrity::kPiece / Integrity::kBytesASecond);
  ASSERT_TRUE(step());
  EXPECT_EQ(bytes_left(), Integrity::kPiece);
  look();
  EXPECT_EQ(intact(), "True AsExpected");
}

TEST_F(IntegrityTest, APassThatWasCutOffGoesOnWhereItWas) {
  constexpr int kFiles = 1200;
  for (int file = 0; file < kFiles; ++file) write("site/" + std::to_string(file), std::to_string(file));
  baseline({site});
  ASSERT_TRUE(test::eventually([&] { return fs::file_time_type::clock::now() - fs::last_write_time(site + "/1199") > 60ms; }));
  mark();
  ASSERT_TRUE(step());
  ASSERT_TRUE(step());
  ASSERT_EQ(number("SELECT count(*) FROM integrity_read"), static_cast<std::int64_t>(Integrity::kFilesAPiece));
  const auto read_at = number("SELECT max(read_at) FROM integrity_read");

  controller = make();  // all that was in memory is lost
  clock.advance(1h);
  look();
  EXPECT_EQ(number("SELECT count(*) FROM integrity_read"), kFiles);
  EXPECT_EQ(number("SELECT count(*) FROM integrity_read WHERE read_at = " + std::to_string(read_at)),
            static_cast<std::int64_t>(Integrity::kFilesAPiece))
      << "none of them is read again";
  EXPECT_EQ(intact(), "True AsExpected");
}

TEST_F(IntegrityTest, AFileThatKeepsChangingWhileItIsReadIsSaidAndKeepsNothingElseFromBeingFound) {
  write("site/a", "a");
  write("site/log", std::string(2 * Integrity::kPiece, 'x'));
  baseline({site});
  write("site/a", "b");
  std::ofstream growing(site + "/log", std::ios::app);
  mark();
  for (int at = 0; at < 200; ++at) {
    growing << "more" << std::flush;
    if (!step() && !wait()) break;
  }
  EXPECT_THAT(findings(), ElementsAre("changed /site/a", "unreadable /site/log"));
}

TEST_F(IntegrityTest, AFileThatVanishesBetweenLookAndReadIsRemoved) {
  write("site/a", "a");
  write("site/b", "b");
  baseline({site});
  mark();
  ASSERT_TRUE(step());
  fs::remove(site + "/a");
  look();
  EXPECT_THAT(findings(), ElementsAre("removed /site/a"));
}

TEST_F(IntegrityTest, ManyFilesArePiecesOfWorkThatEndSoon) {
  constexpr int kFiles = 3'000;
  for (int file = 0; file < kFiles; ++file) write("site/" + std::to_string(file % 100) + "/" + std::to_string(file), "x");
  baseline({site});
  const auto steps = controller->stats().reconciles;
  look();
  EXPECT_GE(controller->stats().reconciles - steps, kFiles / Integrity::kFilesAPiece);
  EXPECT_THAT(findings(), IsEmpty());
  write("site/77/177", "y");
  look();
  EXPECT_THAT(findings(), ElementsAre("changed /site/77/177"));
}

// ---- what argos writes itself ----------------------------------------------------------------------------------------------

struct OwnFiles : IntegrityTest {
  void write_pair(const std::string& host, const std::string& pair) const {
    write("certs/" + host + "." + pair + ".crt", "certificate " + pair);
    write("certs/" + host + "." + pair + ".key", "key " + pair);
    for (const char* const ending : {".crt", ".key"}) {
      fs::remove(certs + "/" + host + ending);
      fs::create_symlink(host + "." + pair + ending, certs + "/" + host + ending);
    }
  }
  void record_pair(const std::string& host, const std::string& pair) {
    ASSERT_TRUE(
        other.run("REPLACE INTO certificate_files (name, host, pair, generation, names, crt_sha256, key_sha256, since) "
                  "VALUES (?, ?, ?, 1, '[]', ?, ?, 1)",
                  cells(host, host, pair, sha256_hex("certificate " + pair), sha256_hex("key " + pair))));
  }
  void remove_record(const std::string& pair) {
    ASSERT_TRUE(other.run("DELETE FROM certificate_files WHERE pair = ?", cells(pair)));
  }
  void remove_pair(const std::string& host, const std::string& pair) {
    remove_record(pair);
    for (const char* const ending : {".crt", ".key"}) fs::remove(certs + "/" + host + "." + pair + ending);
  }
};

TEST_F(OwnFiles, RaiseNoAlarmWithoutAnyBaseline) {
  write_pair("app", "0123456789ab");
  record_pair("app", "0123456789ab");
  look();
  EXPECT_EQ(number("SELECT count(*) FROM findings"), 0);
  EXPECT_EQ(intact(), "True AsExpected");
}

TEST_F(OwnFiles, RaiseNoAlarmBetweenBeingWrittenAndBeingRecorded) {
  write_pair("app", "0123456789ab");
  mark();
  while (step()) {
  }
  record_pair("app", "0123456789ab");
  look();
  EXPECT_EQ(number("SELECT count(*) FROM findings"), 0);
}

TEST_F(OwnFiles, RaiseNoAlarmWhenTheyAreReplacedWhateverTheBaselineSays) {
  write_pair("app", "0123456789ab");
  record_pair("app", "0123456789ab");
  look();
  baseline({certs});
  write_pair("app", "ba9876543210");
  record_pair("app", "ba9876543210");
  look();
  EXPECT_EQ(number("SELECT count(*) FROM findings"), 0) << "the former ones lie there still";
  remove_pair("app", "0123456789ab");
  look();
  EXPECT_EQ(number("SELECT count(*) FROM findings"), 0) << "the former ones are gone";
}

TEST_F(OwnFiles, RaiseNoAlarmWhenTheCertificateIsDeleted) {
  write_pair("app", "0123456789ab");
  record_pair("app", "0123456789ab");
  look();
  remove_pair("app", "0123456789ab");
  fs::remove(certs + "/app.crt");
  fs::remove(certs + "/app.key");
  look();
  EXPECT_EQ(number("SELECT count(*) FROM findings"), 0);
}

TEST_F(OwnFiles, TamperedWithTheyAreFound) {
  write_pair("app", "0123456789ab");
  record_pair("app", "0123456789ab");
  write_pair("web", "222222222222");
  record_pair("web", "222222222222");
  write("certs/app.0123456789ab.crt", "evil");
  fs::remove(certs + "/app.0123456789ab.key");
  write("certs/evil.crt", "x");
  fs::remove(certs + "/web.crt");
  fs::create_symlink("app.0123456789ab.crt", certs + "/web.crt");
  look();
  EXPECT_THAT(findings(), ElementsAre("changed /certs/app.0123456789ab.crt", "removed /certs/app.0123456789ab.key",
                                      "added /certs/evil.crt", "added /certs/web.crt"));
}

TEST_F(OwnFiles, AreKeptInMindForLongerThanAnyCertificateLives) {
  record_pair("app", "0123456789ab");
  record_pair("app", "ba9876543210");
  EXPECT_EQ(number("SELECT count(*) FROM integrity_own"), 2);
  ASSERT_TRUE(other.run("UPDATE integrity_own SET since = since - 401 * 86400"));
  remove_record("0123456789ab");
  record_pair("app", "222222222222");
  EXPECT_THAT(texts("SELECT pair FROM integrity_own ORDER BY pair"), ElementsAre("222222222222", "ba9876543210"))
      << "one that is in use is never forgotten";
}

}  // namespace
}  // namespace argos
