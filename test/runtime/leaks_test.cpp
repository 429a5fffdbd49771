// SPDX-License-Identifier: Apache-2.0
// The search for secrets itself: it finds them in whatever dress, and nothing else.
#include "test/support/leaks.hpp"

#include <boost/json.hpp>

#include "runtime/files.hpp"
#include "test/support/archives.hpp"
#include "test/support/certificates.hpp"
#include "test/support/process.hpp"

namespace argos::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string kSecret = "\x07\xf3 a secret of 32 bytes, or so \xfe\x80";

struct LeaksTest : testing::Test {
  LeaksTest() { leaks.keep_secret("it", kSecret); }
  Leaks leaks;
};

TEST_F(LeaksTest, ASecretIsFoundInEveryDress) {
  const TempFolder folder;
  for (const std::string before : {"", "1", "12", "123"}) {
    const auto packed = shell("base64 -w0 '" + folder.write("plain", before + kSecret + "behind") + "'").out;
    std::string lines, url;
    for (std::size_t at = 0; at < packed.size(); at += 16) lines += packed.substr(at, 16) + "\n";
    for (const char c : packed) url += c == '+' ? '-' : c == '/' ? '_' : c;
    for (const auto& text : {"x" + packed, lines, boost::json::serialize(boost::json::string(lines)), url}) {
      EXPECT_THAT(leaks.in(text), Contains("it, in base64")) << text;
    }
    EXPECT_THAT(leaks.in(before + kSecret), ElementsAre("it, as it is"));
  }
  EXPECT_THAT(leaks.in("07F3206120736563726574206F66203332206279746573"
                       "2C206F7220736F20FE80"),
              ElementsAre("it, in hexadecimal"));
  EXPECT_THAT(leaks.in("another secret of 32 bytes, or so"), IsEmpty());
}

TEST_F(LeaksTest, APrivateKeyIsFoundInPemAndDerAndNotInItsCertificate) {
  for (const std::string kind : {"P-256", "P-384", "ED25519", "RSA 2048"}) {
    const auto made = make_certificate(Wish{.names = {"leaks.test"}, .key = kind});
    Leaks its;
    its.keep_secret_key("the key", made.key);
    EXPECT_THAT(its.in(made.key), ElementsAre("the key, in base64")) << kind;
    EXPECT_THAT(its.in(boost::json::serialize(boost::json::object{{"key", made.key}})), ElementsAre("the key, in base64"))
        << kind;
    EXPECT_THAT(its.in(made.certificate), IsEmpty()) << kind;
    const TempFolder folder;
    const auto der = folder / "key.der";
    ASSERT_EQ(shell("openssl pkey -outform DER -out '" + der + "' -in '" + folder.write("key.pem", made.key) + "'").status, 0);
    EXPECT_THAT(its.in(read_file(der).value()), ElementsAre("the key, as it is")) << kind;
  }
}

TEST_F(LeaksTest, FilesAreSearchedSaveWhereAKeyBelongs) {
  const TempFolder folder;
  folder.write("app.key", kSecret);
  folder.write("harmless.log", "nothing");
  EXPECT_THAT(leaks.in_files(folder.path()), IsEmpty());
  folder.write("sub/argos.log", "before " + kSecret + " behind");
  EXPECT_THAT(leaks.in_files(folder.path()), ElementsAre("argos.log: it, as it is"));
}

TEST_F(LeaksTest, ArchivesAreSearchedMemberByMember) {
  const TempFolder folder;
  make_archive(folder / "a.tar.gz", {{"metadata.json", "{}"}, {"caddy/log", std::string(1000, 'x') + kSecret}});
  EXPECT_THAT(leaks.in_files(folder.path()), ElementsAre("a.tar.gz/caddy/log: it, as it is"));
}

TEST_F(LeaksTest, WhatChildrenAreToldIsSearched) {
  const TempFolder folder;
  leaks.keep_secret_hex("the master key", std::string(64, 'a'));
  Process parent({"sh", "-c", "KEY=" + std::string(64, 'a') + " sleep 60 & wait"}, {}, folder.path(), folder / "log");
  ASSERT_TRUE(eventually([&] { return shell("pgrep -P " + std::to_string(parent.pid())).status == 0; }));
  EXPECT_THAT(leaks.in_family(parent.pid()), Contains(HasSubstr("cmdline of")));
  EXPECT_TRUE(eventually([&] {
    return !leaks.in_family(parent.pid()).empty() &&
           testing::Value(leaks.in_family(parent.pid()), Contains(HasSubstr("environ of")));
  }));
  shell("pkill -KILL -P " + std::to_string(parent.pid()));
  parent.signal(SIGKILL);
}

}  // namespace
}  // namespace argos::test
