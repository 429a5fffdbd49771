// SPDX-License-Identifier: Apache-2.0
// `argos integrity`, with nothing running and beside the real sha256sum.
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>

#include "controllers/integrity_rows.hpp"
#include "test/cli/child.hpp"
#include "test/support/process.hpp"

namespace argos::test {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

const std::vector<std::string> kOddNames{" lead",       "*star",    "back\\slash", "new\nline", "return\rx",
                                         "invalid\xff", "quote'\"", "a  b",        "#x"};

struct IntegrityCommand : testing::Test {
  TempFolder folder;
  const std::string site = folder / "site", data = folder / "data";

  IntegrityCommand() {
    fs::create_directories(site);
    fs::create_directories(data);
  }
  void make_database() const { ready_store(data + "/argos.db"); }

  Ran argos(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "integrity");
    return run({std::move(arguments), {{"ARGOS_DATA_DIR", data}}, "", folder.path()});
  }
  Ran argos_as_nobody(std::vector<std::string> arguments) const {
    // The program may lie where only root may go.
    if (!fs::exists(folder / "argos")) fs::copy_file(argos_binary(), folder / "argos");
    arguments.insert(arguments.begin(), {"--reuid=65534", "--regid=65534", "--clear-groups", folder / "argos", "integrity"});
    return run({std::move(arguments), {{"ARGOS_DATA_DIR", data}}, "", "/", "/usr/bin/setpriv"});
  }
  // "changed /site/a"
  std::vector<std::string> differences(const Ran& ran) const {
    std::vector<std::string> out;
    const auto answer = boost::json::parse(ran.out);
    for (const auto& one : answer.at("differences").as_array()) {
      const std::string file(one.at("file").as_string());
      const bool here = file.starts_with(folder.path().string());
      out.push_back(std::string(one.at("change").as_string()) + " " +
                    (here ? file.substr(folder.path().string().size()) : file));
    }
    return out;
  }
  Ran verify(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "verify");
    arguments.insert(arguments.end(), {"-o", "json"});
    return argos(std::move(arguments));
  }
};

TEST_F(IntegrityCommand, Sha256sumReadsWhatItWrites) {
  for (const auto& name : kOddNames) folder.write("site/" + name, name);
  folder.write("site/sub/deep/file", "x");
  folder.write("site/live.db-wal", "left out");
  fs::create_symlink("sub", site + "/link");
  ASSERT_EQ(::mkfifo((site + "/fifo").c_str(), 0600), 0);
  const auto list = folder.write("list", argos({"baseline", site, "--file", "-"}).out);
  const auto checked = shell("sha256sum --strict -c '" + list + "'");
  EXPECT_EQ(checked.status, 0) << checked.out;
  EXPECT_EQ(std::ranges::count(checked.out, '\n'), static_cast<std::ptrdiff_t>(kOddNames.size() + 1)) << checked.out;
  EXPECT_EQ(read_file(list).value(),
            shell("find '" + site + "' -type f ! -name '*-wal' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum").out);

  folder.write("site/new\nline", "other");
  EXPECT_EQ(shell("sha256sum --strict -c '" + list + "'").status, 1);
}

TEST_F(IntegrityCommand, ItReadsWhatSha256sumWrites) {
  for (const auto& name : kOddNames) folder.write("site/" + name, name);
  for (const std::string how : {"", "-b", "--tag"}) {
    ASSERT_EQ(
        shell("cd '" + site + "' && find '" + site + "' -type f -print0 | xargs -0 sha256sum " + how + " > ../list").status, 0);
    const auto same = verify({site, "--file", folder / "list"});
    EXPECT_EQ(same.status, 0) << how << same.out << same.err;
    for (const auto& name : kOddNames) {
      folder.write("site/" + name, "other");
      const auto other = verify({site, "--file", folder / "list"});
      EXPECT_EQ(other.status, 3) << how << name;
      EXPECT_EQ(differences(other).size(), 1U) << how << name;
      folder.write("site/" + name, name);
    }
  }
}

TEST_F(IntegrityCommand, AListWithRelativeNamesIsReadWhereItWasWritten) {
  folder.write("site/a", "a");
  ASSERT_EQ(shell("cd '" + (folder.path().string()) + "' && sha256sum site/a > list").status, 0);
  EXPECT_EQ(verify({"--file", "list"}).status, 0);
  folder.write("site/a", "b");
  EXPECT_THAT(differences(verify({"--file", "list"})), ElementsAre("changed /site/a"));
}

TEST_F(IntegrityCommand, ABaselineInTheDatabaseIsVerified) {
  make_database();
  folder.write("site/a", "a");
  folder.write("site/b", "b");
  folder.write("site/c", "c");
  const auto taken = argos({"baseline", site});
  EXPECT_EQ(taken.status, 0) << taken.err;
  EXPECT_THAT(taken.out, HasSubstr(sha256_hex("a") + "  " + site + "/a\n"));
  EXPECT_EQ(argos({"verify"}).status, 0);
  EXPECT_THAT(argos({"verify"}).out, HasSubstr("3 files"));

  folder.write("site/a", "changed");
  fs::remove(site + "/b");
  folder.write("site/d", "d");
  ::chmod((site + "/c").c_str(), 0777);
  const auto found = verify({});
  EXPECT_EQ(found.status, 3);
  EXPECT_THAT(differences(found), ElementsAre("changed /site/a", "removed /site/b", "mode /site/c", "added /site/d"));
  const auto table = argos({"verify", site});
  EXPECT_EQ(table.status, 3);
  EXPECT_THAT(table.out, AllOf(HasSubstr("changed"), HasSubstr(site + "/a"), HasSubstr("4 files are not as they should be")));
  EXPECT_THAT(differences(verify({site + "/a"})), ElementsAre("changed /site/a")) << "a part of it alone";

  ASSERT_EQ(argos({"baseline", site}).status, 0);
  EXPECT_EQ(argos({"verify"}).status, 0);
}

TEST_F(IntegrityCommand, TheHistorySaysWhoTookABaseline) {
  make_database();
  folder.write("site/a", "a");
  ASSERT_EQ(argos({"baseline", site}).status, 0);
  auto database = Database::open(data + "/argos.db", Database::Mode::read_only).value();
  const auto rows = database.query("SELECT name, what, actor, origin FROM changes").value();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(serialize(rows.front()), R"({"name":"integrity","what":"baseline","actor":"root","origin":"argos integrity"})");
}

TEST_F(IntegrityCommand, AListAsJsonKnowsFoldersModesAndLinks) {
  folder.write("site/invalid\xff\n", "a");
  folder.write("site/b", "b");
  fs::create_symlink("b", site + "/link");
  const auto list = folder / "list.json";
  const auto kept = argos({"baseline", site, "-o", "json", "--file", list});
  EXPECT_EQ(kept.status, 0);
  EXPECT_THAT(kept.out, HasSubstr("3 entries"));
  EXPECT_NO_THROW(boost::json::parse(read_file(list).value()));
  EXPECT_EQ(verify({"--file", list}).status, 0);
  ::chmod((site + "/b").c_str(), 0600);
  fs::remove(site + "/link");
  fs::create_symlink("/etc/passwd", site + "/link");
  folder.write("site/new", "x");
  folder.write("site/invalid\xff\n", "x");
  EXPECT_THAT(differences(verify({"--file", list})),
              ElementsAre("mode /site/b", "changed /site/invalid\\xff\\n", "changed /site/link", "added /site/new"));
}

TEST_F(IntegrityCommand, WhatArgosWroteItselfIsAsItShouldBeEvenForAnOldList) {
  make_database();
  auto database = Database::open(data + "/argos.db", Database::Mode::read_write).value();
  const auto write_pair = [&](const std::string& pair) {
    folder.write("data/manual-certs/app." + pair + ".crt", "c" + pair);
    folder.write("data/manual-certs/app." + pair + ".key", "k" + pair);
    ASSERT_TRUE(
        database.run("REPLACE INTO certificate_files (name, host, pair, generation, names, crt_sha256, key_sha256, since) "
                     "VALUES ('app', 'app', ?, 1, '[]', ?, ?, 1)",
                     cells(pair, sha256_hex("c" + pair), sha256_hex("k" + pair))));
  };
  write_pair("000000000001");
  EXPECT_EQ(argos({"verify"}).status, 0) << "no baseline is needed";
  ASSERT_EQ(argos({"baseline", "--file", folder / "list"}).status, 0);
  write_pair("000000000002");
  ASSERT_TRUE(database.run("DELETE FROM certificate_files WHERE pair = '000000000001'"));
  for (const char* const ending : {".crt", ".key"}) fs::remove(data + "/manual-certs/app.000000000001" + ending);
  EXPECT_THAT(differences(verify({"--file", folder / "list"})), IsEmpty());
  folder.write("data/manual-certs/app.000000000002.key", "evil");
  folder.write("data/manual-certs/stranger", "x");
  for (const auto& arguments : std::vector<std::vector<std::string>>{{}, {"--file", folder / "list"}, {"caddy_manual_certs"}}) {
    EXPECT_THAT(differences(verify(arguments)),
                ElementsAre("changed /data/manual-certs/app.000000000002.key", "added /data/manual-certs/stranger"));
  }
}

TEST_F(IntegrityCommand, AVolumeIsKnownByEitherName) {
  folder.write("data/backups/x", "x");
  for (const char* const name : {"argos_backups", "argos_panel_backups"})
    EXPECT_THAT(argos({"baseline", name, "--file", "-"}).out, HasSubstr(data + "/backups/x"));
  const auto elsewhere = argos({"baseline", "crowdsec_data", "--file", "-"});
  EXPECT_EQ(elsewhere.status, 2);
  EXPECT_THAT(elsewhere.err, HasSubstr("does not have the volume crowdsec_data"));
  const auto misspelt = argos({"baseline", "argos_backup", "--file", "-"});
  EXPECT_EQ(misspelt.status, 2);
  EXPECT_THAT(misspelt.err, HasSubstr("did you mean argos_backups?"));
}

TEST_F(IntegrityCommand, WithoutADatabaseABaselineIsPrintedAndThatIsSaid) {
  folder.write("site/a", "a");
  const auto ran = argos({"baseline", site});
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.out, sha256_hex("a") + "  " + site + "/a\n");
  EXPECT_THAT(ran.err, HasSubstr("recorded nowhere"));
  EXPECT_FALSE(fs::exists(data + "/argos.db"));
  const auto verified = argos({"verify", site});
  EXPECT_EQ(verified.status, 1);
  EXPECT_THAT(verified.err, HasSubstr("there is no baseline"));
}

TEST_F(IntegrityCommand, WhatNobodyTookDownCannotBeVerified) {
  make_database();
  const auto ran = argos({"verify", site});
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("no baseline of " + site), HasSubstr("argos integrity baseline " + site)));
}

TEST_F(IntegrityCommand, WhatIsNoListIsSaid) {
  for (const char* const text : {"nonsense\n", "{", "{}", R"({"places":["/a"],"files":[{"path":"x"}]})"}) {
    const auto ran = argos({"verify", "--file", folder.write("list", text)});
    EXPECT_EQ(ran.status, 1) << text;
    EXPECT_THAT(ran.err, AllOf(StartsWith("argos: "), HasSubstr(folder / "list"))) << text;
  }
  EXPECT_EQ(argos({"verify", "--file", folder / "none"}).status, 1);
}

TEST_F(IntegrityCommand, ForgettingEndsIt) {
  make_database();
  folder.write("site/a", "a");
  ASSERT_EQ(argos({"baseline", site}).status, 0);
  folder.write("site/a", "b");
  EXPECT_EQ(argos({"baseline", "--forget", site}).status, 0);
  EXPECT_EQ(argos({"verify"}).status, 0);
  EXPECT_THAT(argos({"baseline", "--forget", site}).out, HasSubstr("there was no baseline"));
}

TEST_F(IntegrityCommand, WhatCannotBeReadIsAFailureAndTakesNothingDown) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to become nobody";
  folder.write("site/open", "a");
  folder.write("site/closed", "b");
  folder.write("site/sub/hidden", "c");
  ASSERT_EQ(argos({"baseline", site, "-o", "json", "--file", folder / "list"}).status, 0);
  ASSERT_EQ(
      shell("chmod 755 '" + folder.path().string() + "'; chmod 700 '" + site + "/sub'; chmod 600 '" + site + "/closed'").status,
      0);
  const auto taken = argos_as_nobody({"baseline", site, "--file", "-"});
  EXPECT_EQ(taken.status, 1);
  EXPECT_THAT(taken.out, IsEmpty());
  EXPECT_THAT(taken.err, AllOf(HasSubstr(site + "/closed"), HasSubstr(site + "/sub"), Not(HasSubstr("hidden"))));
  const auto verified = argos_as_nobody({"verify", "--file", folder / "list", "-o", "json"});
  EXPECT_EQ(verified.status, 1);
  EXPECT_THAT(differences(verified), ElementsAre("unreadable /site/closed", "unreadable /site/sub"));
  folder.write("site/open", "x");
  EXPECT_EQ(argos_as_nobody({"verify", "--file", folder / "list"}).status, 3);
}

TEST_F(IntegrityCommand, ThousandsOfFiles) {
  constexpr int kFiles = 3'000;
  make_database();
  for (int file = 0; file < kFiles; ++file) folder.write("site/" + std::to_string(file % 50) + "/" + std::to_string(file), "x");
  const auto taken = argos({"baseline", site});
  EXPECT_EQ(std::ranges::count(taken.out, '\n'), kFiles);
  EXPECT_EQ(argos({"verify"}).status, 0);
  folder.write("site/7/7", "y");
  EXPECT_THAT(differences(verify({})), ElementsAre("changed /site/7/7"));
}

TEST_F(IntegrityCommand, OnATerminalItSaysHowFarItIs) {
  ASSERT_EQ(shell("truncate -s 512M '" + site + "/big'").status, 0);
  const auto command = argos_binary() + " integrity baseline " + site + " --file -";
  Process terminal({"script", "-qec", command, "/dev/null"}, {{"ARGOS_DATA_DIR", data}}, folder.path(), folder / "log");
  EXPECT_TRUE(eventually([&] { return terminal.log().find(" % of 512.0 MiB, ") != std::string::npos; })) << terminal.log();
  terminal.signal(SIGTERM);
  EXPECT_THAT(shell("ARGOS_DATA_DIR='" + data + "' " + command).out, Not(HasSubstr("reading ")));
}

TEST_F(IntegrityCommand, WhatIsTypedWronglyIsStatus2) {
  const std::vector<std::vector<std::string>> wrong{
      {}, {"verfy"}, {"baseline", folder / "none"}, {"verify", "-o", "xml"}, {"verify", "--file"}};
  for (const auto& arguments : wrong) {
    const auto ran = argos(arguments);
    EXPECT_EQ(ran.status, 2) << ::testing::PrintToString(arguments);
    EXPECT_THAT(ran.err, StartsWith("argos: "));
    EXPECT_EQ(std::ranges::count(ran.err, '\n'), 1) << ran.err;
  }
  EXPECT_THAT(argos({"verfy"}).err, HasSubstr("did you mean verify?"));
}

}  // namespace
}  // namespace argos::test
