// SPDX-License-Identifier: Apache-2.0
// The panel's files over HTTP: what a browser may keep, in which form it gets them, and which paths are pages.
#include <boost/beast/zlib/inflate_stream.hpp>

#include "panel/security_headers.hpp"
#include "panel/web_files.hpp"
#include "test/panel/panel_fixture.hpp"

namespace argos::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::array<WebFile, 3> kFiles{{
    {"/assets/app-abc.js", "text/javascript", "aaa", "plain script", "gzip", "br"},
    {"/assets/font.woff2", "font/woff2", "fff", "a font", "", ""},
    {"/index.html", "text/html; charset=utf-8", "iii", "<!doctype html>", "gz", ""},
}};

Request wish(std::string path, std::map<std::string, std::string> headers = {}) {
  Request out;
  out.path = std::move(path);
  out.headers = std::move(headers);
  return out;
}

std::string header(const Response& answer, std::string_view name) {
  for (const auto& [key, value] : answer.headers) {
    if (key == name) return value;
  }
  return "";
}

TEST(WebFiles, AreGivenInTheBestFormThatIsAccepted) {
  const auto body = [](std::string path, std::string accepted) {
    const auto answer = web_answer(wish(std::move(path), {{"accept-encoding", std::move(accepted)}}), kFiles);
    return answer->body + "|" + header(*answer, "Content-Encoding");
  };
  EXPECT_EQ(body("/assets/app-abc.js", "gzip, deflate, br"), "br|br");
  EXPECT_EQ(body("/assets/app-abc.js", "gzip, deflate, zstd"), "gzip|gzip");
  EXPECT_EQ(body("/assets/app-abc.js", "br;q=0, gzip;q=0.5"), "gzip|gzip");
  EXPECT_EQ(body("/assets/app-abc.js", "br;q=0.0, gzip; q=0"), "plain script|");
  EXPECT_EQ(body("/assets/app-abc.js", "brotli"), "plain script|");
  EXPECT_EQ(body("/assets/app-abc.js", ""), "plain script|");
  EXPECT_EQ(body("/assets/font.woff2", "gzip, br"), "a font|");
  EXPECT_EQ(body("/", "br"), "<!doctype html>|");
}

TEST(WebFiles, WhoseNamesChangeWithTheirContentsAreKeptForEverAndTheStartPageIsAskedForAnew) {
  EXPECT_THAT(header(*web_answer(wish("/assets/app-abc.js"), kFiles), "Cache-Control"), HasSubstr("immutable"));
  const auto start = web_answer(wish("/"), kFiles);
  EXPECT_EQ(header(*start, "Cache-Control"), "no-cache");
  EXPECT_EQ(header(*start, "Vary"), "Accept-Encoding");
}

TEST(WebFiles, AreNotSentAgainToWhoeverHasThem) {
  const auto first = web_answer(wish("/", {{"accept-encoding", "gzip"}}), kFiles);
  const auto tag = header(*first, "ETag");
  const auto again = web_answer(wish("/", {{"accept-encoding", "gzip"}, {"if-none-match", "\"x\", W/" + tag}}), kFiles);
  EXPECT_EQ(again->status, 304);
  EXPECT_EQ(again->body, "");
  EXPECT_EQ(header(*again, "ETag"), tag);
  EXPECT_EQ(web_answer(wish("/", {{"if-none-match", tag}}), kFiles)->status, 200) << "another form has another tag";
}

TEST(WebFiles, PagesAreWhatABrowserOpensAndNothingOfTheApi) {
  const std::map<std::string, std::string> browser{{"accept", "text/html,application/xhtml+xml"}};
  for (const char* const page : {"/hosts", "/hosts/app", "/manifests/apps/app.yaml", "/nothing"})
    EXPECT_EQ(web_answer(wish(page, browser), kFiles)->body, "<!doctype html>") << page;
  for (const char* const none : {"/api/v1/nothing", "/assets/old-123.js"})
    EXPECT_FALSE(web_answer(wish(none, browser), kFiles)) << none;
  EXPECT_FALSE(web_answer(wish("/hosts", {{"accept", "*/*"}}), kFiles)) << "a program that mistypes a path gets its 404";
  auto change = wish("/", browser);
  change.method = "POST";
  EXPECT_FALSE(web_answer(change, kFiles));
}

// What the build has made, over real connections.
struct WebTest : PanelTest {};

TEST_F(WebTest, TheStartPageNeedsNoLoginAndCarriesThePolicy) {
  const auto answer = over_tcp("GET", "/");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("content-type"), "text/html; charset=utf-8");
  EXPECT_THAT(answer.headers.at("content-security-policy"), HasSubstr("script-src 'self'"));
  EXPECT_THAT(answer.body, HasSubstr("<div id=\"root\">"));
  EXPECT_THAT(answer.body, Not(HasSubstr("<style"))) << "nothing inline: the policy would stop it";
  EXPECT_THAT(answer.body, Not(::testing::ContainsRegex("<script[^>]*>[^<]"))) << "nothing inline: the policy would stop it";
}

TEST_F(WebTest, EveryFileThatTheStartPageNamesIsThere) {
  const auto start = over_tcp("GET", "/").body;
  int named = 0;
  for (std::size_t at = start.find("=\"/"); at != std::string::npos; at = start.find("=\"/", at + 1)) {
    const auto path = start.substr(at + 2, start.find('"', at + 2) - at - 2);
    EXPECT_EQ(over_tcp("GET", path).status, 200) << path;
    ++named;
  }
  EXPECT_GE(named, 3);
}

TEST_F(WebTest, EachFormHoldsTheSameFile) {
  for (const auto& file : web_files()) {
    if (file.gzip.empty()) continue;
    EXPECT_LT(file.brotli.size(), file.gzip.size() + 64) << file.path;
    constexpr std::size_t kHeader = 10, kTrailer = 8;  // of gzip, without a name
    std::string out(file.plain.size(), '\0');
    boost::beast::zlib::z_params z{};
    z.next_in = file.gzip.data() + kHeader;
    z.avail_in = file.gzip.size() - kHeader - kTrailer;
    z.next_out = out.data();
    z.avail_out = out.size();
    boost::beast::zlib::inflate_stream inflate;
    boost::beast::error_code failed;
    inflate.write(z, boost::beast::zlib::Flush::finish, failed);
    EXPECT_EQ(out, file.plain) << file.path << " " << failed.message();
  }
}

TEST_F(WebTest, AHeadHasTheLengthAndNoBody) {
  const auto whole = over_tcp("GET", "/");
  const auto head = over_tcp("HEAD", "/");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(head.headers.at("etag"), whole.headers.at("etag"));
}

TEST_F(WebTest, OnTheSocketToo) { EXPECT_EQ(ask("GET", "/").status, 200); }

}  // namespace
}  // namespace argos::test
