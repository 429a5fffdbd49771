// SPDX-License-Identifier: Apache-2.0
// The running program over files that somebody tampers with; no Caddy is needed for that.
#include <csignal>

#include "test/e2e/world.hpp"

namespace argos::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

struct IntegrityRuns : testing::Test {
  World world;
  const std::string site = world.folder / "site";

  void start() {
    world.manifest(
        "settings.yaml",
        "apiVersion: argos.edge/v1\nkind: Settings\nmetadata: {name: default}\nspec: {drift: {certificates: report}}\n");
    world.start_argos();
    world.until_argos_answers();
    ASSERT_TRUE(eventually([&] { return intact().starts_with("True"); })) << world.server->log();
  }
  std::string intact() const {
    const auto explained = world.argos("explain controller integrity -o json").out;
    boost::system::error_code bad;
    const auto json = boost::json::parse(explained, bad);
    if (bad || !json.is_object() || !json.as_object().contains("conditions")) return "";
    for (const auto& condition : json.at("conditions").as_array()) {
      if (condition.at("type") == "Intact")
        return std::string(condition.at("status").as_string()) + " " + std::string(condition.at("message").as_string());
    }
    return "";
  }
  std::int64_t rows(const std::string& where = "1") const {
    return std::atoll(world.sql("SELECT count(*) FROM integrity_read WHERE " + where).out.c_str());
  }
  bool metrics_show(const std::string& line) const {
    return world.probe("/metrics").body.find(line + "\n") != std::string::npos;
  }
  bool drift_shows(const std::string& text) const { return world.argos("drift -o json").out.find(text) != std::string::npos; }
};

TEST_F(IntegrityRuns, ABaselineTakenBesideItIsWatchedFromThenOn) {
  start();
  world.folder.write("site/a", "a");
  ASSERT_EQ(world.argos("integrity baseline '" + site + "'").status, 0);
  EVENTUALLY(metrics_show("argos_integrity_files 1"));  // it has looked, and looks again only when something wakes it
  world.folder.write("site/a", "tampered with");
  ASSERT_EQ(world.argos("integrity baseline --file - '" + site + "'").status, 0);
  EXPECT_EQ(world.argos("integrity verify").status, 3);
  world.folder.write("site/b", "b");
  ASSERT_EQ(world.argos("integrity baseline '" + site + "/b'").status, 0);  // wakes it
  EVENTUALLY(drift_shows(site + "/a"));
  EXPECT_EQ(world.argos("drift").status, 3);
  EVENTUALLY(intact().starts_with("False") && intact().find(site + "/a") != std::string::npos);
  EXPECT_THAT(world.probe("/readyz").body, Not(HasSubstr("integrity"))) << "files in trouble never touch it";
  EVENTUALLY(metrics_show("argos_integrity_files 2") && metrics_show("argos_integrity_differences 1"));
  EXPECT_THAT(world.api("/api/v1/integrity").body, HasSubstr(site));
  EXPECT_THAT(world.argos("history").out, HasSubstr("baseline"));

  ASSERT_EQ(world.argos("integrity baseline '" + site + "'").status, 0);
  EVENTUALLY(intact().starts_with("True"));
  EXPECT_EQ(world.argos("drift").status, 0);
}

TEST_F(IntegrityRuns, AStrangerAmongTheCertificatesIsSeenAtOnce) {
  start();
  world.folder.write("data/manual-certs/stranger.crt", "x");
  EVENTUALLY(drift_shows("stranger.crt"));
  fs::remove(world.folder / "data/manual-certs/stranger.crt");
  EVENTUALLY(intact().starts_with("True"));
}

TEST_F(IntegrityRuns, SuspendedItLooksAtNothing) {
  start();
  ASSERT_EQ(world.argos("suspend controller integrity").status, 0);
  world.folder.write("data/manual-certs/stranger.crt", "x");
  world.folder.write("site/a", "a");
  ASSERT_EQ(world.argos("integrity baseline '" + site + "'").status, 0);
  EVENTUALLY(world.argos("status").out.find("SUSPENDED") != std::string::npos);
  EXPECT_THAT(intact(), HasSubstr("True"));
  ASSERT_EQ(world.argos("resume controller integrity").status, 0);
  EVENTUALLY(drift_shows("stranger.crt"));
  EVENTUALLY(rows("path LIKE '%/site/a'") == 1);
}

TEST_F(IntegrityRuns, KilledInTheMiddleOfReadingItGoesOnThereAndTakesLittleTimeToEnd) {
  start();
  constexpr int kFiles = 96;
  for (int file = 0; file < kFiles; ++file) world.folder.write("site/" + std::to_string(file), std::string(1U << 20U, 'x'));
  ASSERT_EQ(world.argos("integrity baseline '" + site + "'").status, 0);
  EVENTUALLY(rows() > 0);
  world.server->signal(SIGKILL);
  world.server->wait();
  const auto before = rows();
  ASSERT_LT(before, kFiles);
  const auto read_at = world.sql("SELECT max(read_at) FROM integrity_read").out;

  world.start_argos();
  world.until_argos_answers();
  EVENTUALLY(rows() > before);
  world.server->signal(SIGTERM);
  EXPECT_EQ(world.server->wait(), "exit status 0");
  EXPECT_THAT(world.server->log(), Not(HasSubstr("did not end in time")));
  ASSERT_LT(rows(), kFiles);

  world.start_argos();
  world.until_argos_answers();
  EVENTUALLY(rows() == kFiles);
  EVENTUALLY(intact().starts_with("True"));
  EXPECT_EQ(rows("read_at <= " + read_at), before) << "nothing is read twice";
}

}  // namespace
}  // namespace argos::test
