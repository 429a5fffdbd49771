// SPDX-License-Identifier: Apache-2.0
// An archive sent over HTTP: whole under its name, or not there; and what a restore of it would change.
#include <boost/json.hpp>

#include "controllers/backup_proof.hpp"
#include "test/panel/browser.hpp"
#include "test/support/archives.hpp"

namespace argos::test {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

constexpr auto kTarget = "/api/v1/backups/sent.tar.gz/archive";
const std::vector<std::pair<std::string, std::string>> kGzip{{"Content-Type", "application/gzip"}};

struct Uploads : LoginTest {
  Uploads() {
    put("/api/v1/targetgroups/app", kGroup);
    put("/api/v1/hosts/app", kHost);
  }
  // Of what is here now, with something in it that does not compress: it comes in many parts.
  std::string an_archive() {
    sql("CREATE TABLE IF NOT EXISTS noise (bytes BLOB); INSERT INTO noise VALUES (randomblob(700000))");
    auto bytes = the_archive();
    sql("DROP TABLE noise");
    return bytes;
  }
  std::string the_archive() {
    const auto elsewhere = folder / "made";
    auto job = archive_job({store->path(), elsewhere, "", {}}, BackupKind::manual, "", clock.wall());
    job.name = "argos-backup-" + std::to_string(archives++) + ".tar.gz";
    job.proof = {};
    JobProgress progress;
    const auto made = write_archive(job, progress);
    if (!made) throw std::runtime_error(made.error().text());
    return bytes_of_file(elsewhere + "/" + job.name);
  }
  std::vector<std::string> files() {
    std::vector<std::string> out;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(config.backup_dir, none)) out.push_back(entry.path().filename().string());
    return out;
  }
  std::string raw(const std::string& headers, const std::string& body = "") {
    auto socket = connect_to(loop, server.port());
    asio::write(socket, asio::buffer("PUT " + std::string(kTarget) + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token +
                                     "\r\nConnection: close\r\nContent-Type: application/gzip\r\n" + headers + "\r\n" + body));
    return loop.run(read_all_of(socket));
  }
  void make_token() {
    const auto made = ask("POST", "/api/v1/tokens", R"({"name": "ci", "role": "admin"})");
    token = std::string(json(made).at("token").as_string());
  }

  std::string token;
  int archives = 0;
};

TEST_F(Uploads, AnArchiveIsThereByteForByteAndOnRecord) {
  const auto bytes = an_archive();
  ASSERT_GT(bytes.size(), 600'000U);
  const auto answer = ask("PUT", kTarget, bytes, kGzip);
  ASSERT_EQ(answer.status, 201) << answer.body;
  EXPECT_EQ(json(answer).at("status").at("sizeBytes"), static_cast<std::int64_t>(bytes.size()));
  EXPECT_EQ(json(answer).at("spec").at("kind"), "manual");
  EXPECT_EQ(bytes_of_file(config.backup_dir + "/sent.tar.gz"), bytes);
  EXPECT_THAT(files(), ElementsAre("sent.tar.gz"));
  EXPECT_EQ(audited("action = 'BackupUploaded' AND name = 'sent.tar.gz'"), 1);
  EXPECT_EQ(ask("GET", kTarget).body, bytes);
}

TEST_F(Uploads, WhatIsNoWholeArchiveLeavesNothingBehind) {
  const auto bytes = an_archive();
  auto flipped = bytes;
  flipped[bytes.size() / 2] = static_cast<char>(flipped[bytes.size() / 2] ^ 1);
  for (const auto& [sent, why] : {std::pair{bytes.substr(0, bytes.size() / 2), "Truncated"}, std::pair{flipped, "Corrupt"},
                                  std::pair{bytes + "more", "TrailingBytes"}, std::pair{std::string("no archive"), "Corrupt"},
                                  std::pair{std::string(), "Truncated"}}) {
    const auto answer = ask("PUT", kTarget, sent, kGzip);
    EXPECT_EQ(answer.status, 422) << answer.body;
    EXPECT_EQ(reason(answer), why);
    EXPECT_THAT(files(), IsEmpty());
  }
  EXPECT_EQ(count("SELECT count(*) FROM backups"), 0);
}

TEST_F(Uploads, WhereTheSenderBreaksOffNothingIsLeft) {
  make_token();
  const auto bytes = an_archive();
  {
    auto socket = connect_to(loop, server.port());
    asio::write(socket, asio::buffer("PUT " + std::string(kTarget) + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token +
                                     "\r\nContent-Type: application/gzip\r\nContent-Length: " + std::to_string(bytes.size()) +
                                     "\r\n\r\n" + bytes.substr(0, 400'000)));
    loop.until([&] { return files().size() == 1; });
    EXPECT_THAT(files().front(), StartsWith(".incoming-"));
  }
  loop.until([&] { return files().empty(); });
}

TEST_F(Uploads, WhatCannotBeTakenIsRefusedBeforeItIsSent) {
  make_token();
  EXPECT_THAT(raw("Content-Length: 10000000000\r\nExpect: 100-continue\r\n"),
              AllOf(StartsWith("HTTP/1.1 413"), HasSubstr("ARGOS_MAX_UPLOAD")));
  EXPECT_THAT(raw("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 411"), HasSubstr("LengthRequired")));
  folder.write("backups/sent.tar.gz", "here first");
  EXPECT_THAT(raw("Content-Length: 1000000\r\nExpect: 100-continue\r\n"),
              AllOf(StartsWith("HTTP/1.1 409"), HasSubstr("AlreadyExists")));
  EXPECT_EQ(bytes_of_file(config.backup_dir + "/sent.tar.gz"), "here first");
  for (const char* const name : {".hidden.tar.gz", "sent.zip", "..%2Fsent.tar.gz", "a%2Fb.tar.gz"}) {
    const auto answer = ask("PUT", "/api/v1/backups/" + std::string(name) + "/archive", "x", kGzip);
    EXPECT_TRUE(answer.status == 422 || answer.status == 404) << name << " " << answer.status;
  }
  EXPECT_THAT(files(), ElementsAre("sent.tar.gz"));
}

TEST_F(Uploads, OnlyAnAdminMaySendOneAndNoFormMay) {
  add("olga", Role::operator_);
  EXPECT_EQ(logged_in("olga").send("PUT", kTarget).status, 403);
  EXPECT_EQ(over_tcp("PUT", kTarget, kGzip).status, 401);
  make_token();
  auto socket = connect_to(loop, server.port());
  asio::write(socket, asio::buffer("PUT " + std::string(kTarget) + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token +
                                   "\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody"));
  EXPECT_THAT(loop.run(read_all_of(socket)), StartsWith("HTTP/1.1 415"));
}

TEST_F(Uploads, APlanSaysWhatARestoreOfItWouldChange) {
  ASSERT_EQ(ask("PUT", kTarget, the_archive(), kGzip).status, 201);
  put("/api/v1/hosts/later", {{"domain", "later.example.com"}, {"targetGroup", "app"}});
  ask("DELETE", "/api/v1/hosts/app");
  const auto plan = json(ask("GET", "/api/v1/backups/sent.tar.gz/restore-plan"));
  std::vector<std::string> changes;
  for (const auto& one : plan.at("objects").as_array())
    changes.push_back(std::string(one.at("change").as_string()) + " " + std::string(one.at("name").as_string()));
  EXPECT_THAT(changes, UnorderedElementsAre("added app", "removed later"));
  EXPECT_EQ(plan.at("archive"), "sent.tar.gz");
  EXPECT_EQ(count("SELECT count(*) FROM hosts WHERE name = 'later'"), 1);
  EXPECT_EQ(ask("GET", "/api/v1/backups/other.tar.gz/restore-plan").status, 404);
  folder.write("backups/bad.tar.gz", "no archive");
  EXPECT_EQ(ask("GET", "/api/v1/backups/bad.tar.gz/restore-plan").status, 422);
}

}  // namespace
}  // namespace argos::test
