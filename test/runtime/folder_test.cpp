// SPDX-License-Identifier: Apache-2.0
// A folder held open: whatever names and links somebody puts there, nothing outside of it is read or written.
#include "runtime/folder.hpp"

#include <unistd.h>

#include "test/support/support.hpp"

namespace argos {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

class Folders : public testing::Test {
 protected:
  Folder folder() const { return Folder::open(home_.path() / "in", Folder::Links::refuse).value(); }
  std::string in(const std::string& name) const { return home_ / ("in/" + name); }
  static std::string bytes(const std::string& path) { return read_file(path).value(); }
  static unsigned mode(const std::string& path) {
    struct stat about {};
    return ::stat(path.c_str(), &about) == 0 ? about.st_mode & 07777U : 0;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& entry : fs::directory_iterator(home_.path() / "in")) out.push_back(entry.path().filename().string());
    return out;
  }

  test::TempFolder home_;
  std::string shadow_ = home_.write("shadow", "secret");
  void SetUp() override {
    fs::create_directory(home_.path() / "in");
    fs::permissions(shadow_, fs::perms::owner_read);
  }
};

TEST_F(Folders, AFileIsWrittenWithItsModeAndGroupAndNothingElseIsLeft) {
  ASSERT_TRUE(folder().write("a", "first", {0644, {}}));
  ASSERT_TRUE(folder().write("a", "second", {0640, ::getegid()}));
  EXPECT_EQ(folder().read("a", 100).value(), "second");
  EXPECT_EQ(mode(in("a")), 0640U);
  EXPECT_THAT(names(), UnorderedElementsAre("a"));
}

TEST_F(Folders, ALinkInThePlaceOfAFileIsReplacedAndNotFollowed) {
  fs::create_symlink(shadow_, in("a"));
  EXPECT_FALSE(folder().read("a", 100));
  EXPECT_FALSE(folder().set_access("a", {0777, {}}));
  ASSERT_TRUE(folder().write("a", "ours", {0640, {}}));
  EXPECT_FALSE(fs::is_symlink(in("a")));
  EXPECT_EQ(bytes(shadow_), "secret");
  EXPECT_EQ(mode(shadow_), 0400U);
}

TEST_F(Folders, WhatSomebodyPutsUnderTheTemporaryNameIsNotWrittenTo) {
  const auto plant = {+[](const std::string& to, const std::string& at) { fs::create_symlink(to, at); },
                      +[](const std::string& to, const std::string& at) { fs::create_hard_link(to, at); }};
  for (const auto& put : plant) {
    put(shadow_, in(temporary_name("a")));
    ASSERT_TRUE(folder().write("a", "ours", {0640, {}}));
    EXPECT_EQ(bytes(shadow_), "secret");
    EXPECT_EQ(bytes(in("a")), "ours");
  }
}

TEST_F(Folders, AFolderThatIsALinkIsRefusedOnlyWhereThatIsAskedFor) {
  fs::create_directory_symlink(home_.path() / "in", home_.path() / "link");
  const auto refused = Folder::open(home_.path() / "link", Folder::Links::refuse);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "NotAFolder");
  EXPECT_TRUE(Folder::open(home_.path() / "link"));
  EXPECT_EQ(Folder::open(home_.path() / "none", Folder::Links::refuse).error().reason, "NotFound");
}

TEST_F(Folders, WhatIsDoneAfterTheFoldersNameWasTakenIsStillDoneInIt) {
  const auto held = folder();
  fs::rename(home_.path() / "in", home_.path() / "away");
  fs::create_directory(home_.path() / "elsewhere");
  fs::create_directory_symlink(home_.path() / "elsewhere", home_.path() / "in");
  ASSERT_TRUE(held.write("a", "ours", {0640, {}}));
  EXPECT_EQ(bytes(home_ / "away/a"), "ours");
  EXPECT_TRUE(fs::is_empty(home_.path() / "elsewhere"));
}

TEST_F(Folders, ANameThatLeadsElsewhereIsRefused) {
  for (const std::string name : {"../shadow", "/etc/passwd", "a/b", "..", ".", ""}) {
    EXPECT_FALSE(folder().read(name, 100)) << name;
    EXPECT_FALSE(folder().write(name, "ours", {0640, {}})) << name;
    EXPECT_FALSE(folder().link(name, "x")) << name;
    EXPECT_FALSE(folder().set_access(name, {0777, {}})) << name;
    EXPECT_FALSE(folder().remove(name)) << name;
  }
  EXPECT_EQ(bytes(shadow_), "secret");
}

TEST_F(Folders, APipeIsNotWaitedFor) {
  ASSERT_EQ(::mkfifo(in("pipe").c_str(), 0600), 0);
  EXPECT_THAT(folder().read("pipe", 100).error().message, HasSubstr("no file"));
}

TEST_F(Folders, LinksAreMadeReadAndReplaced) {
  ASSERT_TRUE(folder().link("now", "a.1"));
  ASSERT_TRUE(folder().link("now", "a.2"));
  EXPECT_EQ(folder().target("now").value(), "a.2");
  EXPECT_THAT(names(), UnorderedElementsAre("now"));
}

TEST_F(Folders, RemovingTakesALinkAndNotWhatItPointsTo) {
  fs::create_symlink(shadow_, in("a"));
  EXPECT_TRUE(folder().remove("a"));
  EXPECT_TRUE(folder().remove("a"));
  EXPECT_TRUE(fs::exists(shadow_));
}

TEST_F(Folders, TheListTellsWhatEachNameIs) {
  ASSERT_TRUE(folder().write("file", "x", {0640, {}}));
  ASSERT_TRUE(folder().link("link", "nowhere"));
  fs::create_directory(in("folder"));
  ASSERT_EQ(::mkfifo(in("pipe").c_str(), 0600), 0);
  std::vector<std::pair<std::string, Folder::Entry::Is>> seen;
  for (const auto& entry : folder().list().value()) seen.emplace_back(entry.name, entry.is);
  using Is = Folder::Entry::Is;
  EXPECT_THAT(seen, UnorderedElementsAre(std::pair("file", Is::file), std::pair("link", Is::link),
                                         std::pair("folder", Is::folder), std::pair("pipe", Is::other)));
}

TEST_F(Folders, TemporaryNamesAreKnownAgain) {
  EXPECT_TRUE(is_temporary(temporary_name("a.key")));
  EXPECT_TRUE(is_temporary("a.key.tmp-1"));
  EXPECT_FALSE(is_temporary("a.key"));
  EXPECT_FALSE(is_temporary("a.tmp-"));
  EXPECT_FALSE(is_temporary("a.tmp-1.key"));
}

}  // namespace
}  // namespace argos
