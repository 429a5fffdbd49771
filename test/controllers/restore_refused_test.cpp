// SPDX-License-Identifier: Apache-2.0
// Archives that somebody made to do harm, or that came to harm: each is refused with its reason, and nothing is written.
#include <set>

#include "test/controllers/restore_fixture.hpp"
#include "test/support/archives.hpp"
#include "test/support/small_disk.hpp"

namespace argos::test {
namespace {

namespace fs = std::filesystem;
using ::testing::IsEmpty;

struct Hostile {
  std::string name, reason;
  std::string make;  // a shell command in a folder with a good argos.db and metadata.json, that leaves bad.tar.gz
};
std::ostream& operator<<(std::ostream& out, const Hostile& one) { return out << one.name; }
struct RestoreRefuses : RestoreTest, ::testing::WithParamInterface<Hostile> {
  // But for who wanted what.
  std::string all_rows() const {
    return shell("sqlite3 '" + places.database + "' .dump | grep -v -e RestoreRequested -e restore/wanted -e sqlite_sequence")
        .out;
  }
  // But for what SQLite has beside the database.
  std::set<std::string> all_files() const {
    std::set<std::string> out;
    for (const auto& entry : fs::recursive_directory_iterator(folder.path())) {
      if (entry.path().string().starts_with(places.database + "-")) continue;
      out.insert(entry.path().string());
    }
    return out;
  }
};

TEST_P(RestoreRefuses, AndNothingChanges) {
  back_up("good.tar.gz");
  host("app", "now.example.com");
  const auto before = all_rows();
  fs::create_directories(folder / "make");
  const auto made = shell("cd '" + (folder / "make") + "' && tar xzf ../backups/good.tar.gz && " + GetParam().make +
                          " && mv bad.tar.gz ../backups/");
  ASSERT_EQ(made.status, 0) << made.out;
  auto files = all_files();
  restore("bad.tar.gz");
  EXPECT_EQ(condition("LastRestore"), "False " + GetParam().reason);
  const auto refusal = read_refusal(places);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->reason, GetParam().reason) << refusal->message;
  EXPECT_FALSE(wanted());
  EXPECT_FALSE(fs::exists(places.staging()));
  EXPECT_THAT(before_restore_files(places), IsEmpty());
  EXPECT_EQ(domain(), "now.example.com");
  EXPECT_TRUE(all_rows() == before);
  files.emplace(places.failed());
  EXPECT_EQ(all_files(), files);
}

// Packs what lies there, with the metadata that its argos.db wants.
std::string packed(const std::string& first, const std::string& members = "argos.db metadata.json") {
  return first +
         " && h=$(sha256sum argos.db | cut -d' ' -f1) && s=$(stat -c %s argos.db) && sed -E \"s/(\\\"dbSha256\\\": "
         "?\\\")[0-9a-f]*/"
         "\\1$h/; s/(\\\"dbBytes\\\": ?)[0-9]*/\\1$s/\" metadata.json > m && mv m metadata.json && tar czf bad.tar.gz " +
         members;
}

// Put into the schema's table itself, as no statement of SQL would.
std::string smuggled(const std::string& row) {
  return packed("sqlite3 argos.db '.dbconfig defensive off' 'PRAGMA writable_schema=ON' \"INSERT INTO sqlite_schema VALUES (" +
                row + ")\"");
}

INSTANTIATE_TEST_SUITE_P(
    Each, RestoreRefuses,
    ::testing::Values(
        Hostile{"not_gzip", "Corrupt", "head -c 500 /dev/zero > bad.tar.gz"}, Hostile{"empty", "Truncated", ": > bad.tar.gz"},
        Hostile{"truncated", "Truncated", "head -c 3000 ../backups/good.tar.gz > bad.tar.gz"},
        Hostile{"trailing", "TrailingBytes", "(cat ../backups/good.tar.gz; echo more) > bad.tar.gz"},
        Hostile{"traversal", "UnexpectedMember",
                "echo x > evil && tar czf bad.tar.gz -P --transform='s,^evil,../evil,' evil argos.db metadata.json"},
        Hostile{"absolute", "UnexpectedMember",
                "echo x > evil && tar czf bad.tar.gz -P --transform='s,^evil,/tmp/evil,' evil argos.db metadata.json"},
        Hostile{"link", "UnexpectedMember",
                "rm argos.db && ln -s /etc/passwd argos.db && tar czf bad.tar.gz argos.db metadata.json"},
        Hostile{"hard_link", "UnexpectedMember", "ln argos.db two && tar czf bad.tar.gz argos.db two metadata.json"},
        Hostile{"pipe", "UnexpectedMember",
                "mkdir caddy && mkfifo caddy/pipe && tar czf bad.tar.gz argos.db caddy metadata.json"},
        Hostile{"device", "UnexpectedMember",
                "tar czf bad.tar.gz argos.db metadata.json -C / --transform='s,^dev/null,caddy/null,' dev/null"},
        Hostile{"sparse", "UnexpectedMember", packed("truncate -s +8M argos.db", "-S argos.db metadata.json")},
        Hostile{"says_that_it_is_huge", "TooLarge",
                "truncate -s 10T argos.db && tar cf - argos.db 2>/dev/null | head -c 1M | gzip > bad.tar.gz"},
        Hostile{"of_another_kind_twice", "UnexpectedMember",
                "tar cf bad.tar argos.db metadata.json && tar rf bad.tar metadata.json && gzip bad.tar"},
        Hostile{"twice", "UnexpectedMember",
                "tar cf bad.tar argos.db metadata.json && tar rf bad.tar argos.db && gzip bad.tar"},
        Hostile{"no_database", "DatabaseMissing", "tar czf bad.tar.gz metadata.json"},
        Hostile{"no_metadata", "MetadataMissing", "tar czf bad.tar.gz argos.db"},
        Hostile{"another_database", "DatabaseDiffers", "printf x >> argos.db && tar czf bad.tar.gz argos.db metadata.json"},
        Hostile{"no_sqlite", "NotADatabase", packed("head -c 20000 /dev/urandom > argos.db")},
        Hostile{"foreign_database", "NotADatabase", packed("rm argos.db && sqlite3 argos.db 'CREATE TABLE t (x)'")},
        Hostile{"damaged", "DatabaseCorrupt",
                packed("p=$(sqlite3 argos.db \"SELECT rootpage FROM sqlite_schema WHERE name = 'hosts'\") && dd if=/dev/zero "
                       "of=argos.db "
                       "bs=4096 seek=$((p - 1)) count=1 conv=notrunc status=none")},
        Hostile{"trigger", "ForeignSchema",
                packed("sqlite3 argos.db 'CREATE TRIGGER t AFTER INSERT ON hosts BEGIN DELETE FROM users; END'")},
        Hostile{"view", "ForeignSchema", packed("sqlite3 argos.db 'CREATE VIEW v AS SELECT 1'")},
        Hostile{"trigger_by_sqlites_name", "ForeignSchema",
                smuggled(
                    "'trigger', 'sqlite_evil', 'hosts', 0, 'CREATE TRIGGER sqlite_evil AFTER INSERT ON hosts BEGIN DELETE FROM "
                    "users; END'")},
        Hostile{"view_by_sqlites_name", "ForeignSchema",
                smuggled("'view', 'sqlite_evil', 'sqlite_evil', 0, 'CREATE VIEW sqlite_evil AS SELECT 1'")},
        Hostile{"less", "ForeignSchema", packed("sqlite3 argos.db 'DROP INDEX changes_of_object'")},
        Hostile{"newer", "SchemaNewer",
                packed("sqlite3 argos.db \"INSERT INTO schema_migrations VALUES (9999, 'later', '')\"")}),
    [](const auto& each) { return each.param.name; });

// A small file that would fill the disk: by one member that says how large it is, and by many that are small each.
TEST_F(RestoreTest, ABombIsRefusedLongBeforeTheDiskIsFull) {
  fs::create_directories(folder / "small");
  const SmallDisk disk(folder / "small", 64 * 1024);
  if (!disk.mounted()) GTEST_SKIP() << "only root can have a small disk";
  const RestorePlaces small{folder / "small", folder / "small/argos.db", places.backups};
  const TarMember large{"argos.db", std::string(60U << 20U, '\0')};
  std::vector<TarMember> many{{"argos.db", std::string(1U << 20U, '\0')}};
  for (int at = 0; at < 60; ++at) many.push_back({"caddy/" + std::to_string(at), std::string(1U << 20U, '\0')});
  for (const auto& members : {std::vector{large}, many}) {
    auto all = members;
    all.push_back({"metadata.json", metadata_for(members.front().contents)});
    make_archive(places.backups + "/bomb.tar.gz", all);
    JobProgress progress;
    const auto staged = stage({small, {"1", "bomb.tar.gz", {}, "", "", {}}, small.staged(), true}, ring, progress);
    ASSERT_FALSE(staged);
    EXPECT_EQ(staged.error().reason, "TooLarge");
    EXPECT_NE(staged.error().hint, "");
    EXPECT_LE(fs::file_size(small.staged()), 1U << 20U);
  }
}

}  // namespace
}  // namespace argos::test
