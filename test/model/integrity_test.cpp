// SPDX-License-Identifier: Apache-2.0
#include "model/integrity.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace argos {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

FileState file(const std::string& content, std::optional<unsigned> mode = 0644) { return {FileKind::file, content, mode}; }
FileState link(const std::string& target) { return {FileKind::link, target, {}}; }

// "changed /a"
std::vector<std::string> said(const ExpectedFiles& expected, const FoundFiles& found) {
  std::vector<std::string> out;
  for (const auto& one : file_differences(expected, found)) out.push_back(enum_text(one.change) + " " + one.path);
  return out;
}

TEST(FileDifferences, OfOneFile) {
  const struct {
    const char* what;
    std::optional<ExpectedFile> wanted;
    std::optional<FileState> found;
    std::vector<std::string> said;
  } cases[]{
      {"the same", {{file("x")}}, file("x"), {}},
      {"other bytes", {{file("x")}}, file("y"), {"changed /a"}},
      {"other bytes and mode are one change", {{file("x")}}, file("y", 0777), {"changed /a"}},
      {"another mode", {{file("x")}}, file("x", 0777), {"mode /a"}},
      {"a mode that nobody took down", {{file("x", std::nullopt)}}, file("x", 0777), {}},
      {"not there", {{file("x")}}, std::nullopt, {"removed /a"}},
      {"not there, which it may be", {{file("x"), false}}, std::nullopt, {}},
      {"there but other, though it may be absent", {{file("x"), false}}, file("y"), {"changed /a"}},
      {"not expected", std::nullopt, file("x"), {"added /a"}},
      {"a link in its place", {{file("x")}}, link("x"), {"changed /a"}},
      {"a link that leads elsewhere", {{link("x")}}, link("y"), {"changed /a"}},
      {"the same link", {{link("x")}}, link("x"), {}},
      {"a socket", std::nullopt, FileState{FileKind::socket, "", {}}, {"added /a"}},
  };
  for (const auto& one : cases) {
    ExpectedFiles expected;
    FoundFiles found;
    if (one.wanted) expected["/a"] = *one.wanted;
    if (one.found) found.files["/a"] = *one.found;
    EXPECT_EQ(said(expected, found), one.said) << one.what;
  }
}

TEST(FileDifferences, AFolderThatCannotBeReadStandsForAllBelowIt) {
  const ExpectedFiles expected{{"/a/b/one", {file("1")}}, {"/a/b/two", {file("2")}}, {"/a/bc", {file("3")}}};
  EXPECT_THAT(said(expected, {{}, {{"/a/b", "Permission denied"}}, {}}), ElementsAre("unreadable /a/b", "removed /a/bc"));
}

TEST(FileDifferences, AFolderThatIsGoneStandsForAllBelowItOnceAndOnlyWhereSomethingIsWanted) {
  const ExpectedFiles expected{{"/a/one", {file("1")}}, {"/a/two", {file("2")}}, {"/c/three", {file("3"), false}}};
  const FoundFiles found{{}, {}, {{"/a", "No such file or directory"}, {"/b", "No such file or directory"}, {"/c", "gone"}}};
  EXPECT_THAT(said(expected, found), ElementsAre("removed /a"));
}

TEST(FileDifferences, AreInTheOrderOfPaths) {
  const ExpectedFiles expected{{"/b", {file("1")}}, {"/d", {file("2")}}};
  const FoundFiles found{{{"/a", file("0")}, {"/d", file("x")}}, {{"/c", "why"}}, {}};
  EXPECT_THAT(said(expected, found), ElementsAre("added /a", "removed /b", "unreadable /c", "changed /d"));
}

TEST(LeftOut, AreSqlitesLiveFiles) {
  for (const char* const name : {"argos.db-wal", "argos.db-shm", "/a/argos.db-journal"})
    EXPECT_TRUE(is_left_out(name, "/own.db")) << name;
  for (const char* const name : {"argos.db", "wal", "a-wal/b", "a-walx"}) EXPECT_FALSE(is_left_out(name, "/own.db")) << name;
  EXPECT_TRUE(is_left_out("/own.db", "/own.db"));
}

TEST(Within, IsItselfOrBelow) {
  EXPECT_TRUE(is_within("/a", "/a"));
  EXPECT_TRUE(is_within("/a/b", "/a"));
  EXPECT_TRUE(is_within("/a", "/"));
  EXPECT_FALSE(is_within("/ab", "/a"));
  EXPECT_FALSE(is_within("/", "/a"));
  const Places places{"/a", "/b/c"};
  for (const char* const path : {"/a", "/a/x/y", "/b/c", "/b/c/d"}) EXPECT_TRUE(is_within(path, places)) << path;
  for (const char* const path : {"/", "/ab", "/b", "/b/cd"}) EXPECT_FALSE(is_within(path, places)) << path;
  EXPECT_TRUE(is_within("/a", Places{"/"}));
  EXPECT_FALSE(is_within("/a", Places{}));
}

TEST(FileStates, ComeBackFromJson) {
  for (const auto& state :
       {file("x"), file("x", std::nullopt), file("x", 04755), link("t\xff\n"), FileState{FileKind::device, "", {}}}) {
    const auto json = boost::json::parse(serialize(to_json(state)));
    EXPECT_EQ(file_state_from(json), state) << serialize(json);
  }
  for (const char* const bad : {"{}", "[]", "7", R"({"kind":"planet"})", R"({"link":"\\q"})", R"({"sha256":7})"})
    EXPECT_EQ(file_state_from(boost::json::parse(bad)), std::nullopt) << bad;
}

}  // namespace
}  // namespace argos
