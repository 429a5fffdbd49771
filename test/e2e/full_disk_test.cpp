// SPDX-License-Identifier: Apache-2.0
// A disk that fills up in ordinary life: argos warns before, reads go on, writes say why, and all is well once there is room.
#include <fstream>

#include "test/e2e/world.hpp"
#include "test/support/small_disk.hpp"

namespace argos::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr int kMiB = 1024;  // in KiB

struct FullDisk : testing::Test {
  World world;

  std::string space() const {
    const auto status = boost::json::parse(world.api("/api/v1/status").body);
    for (const auto& controller : status.at("controllers").as_array()) {
      if (controller.at("name") != "surroundings") continue;
      for (const auto& condition : controller.at("conditions").as_array()) {
        if (condition.at("type") == "SpaceLeft")
          return std::string(condition.at("status").as_string()) + " " + std::string(condition.at("reason").as_string());
      }
    }
    return "";
  }
  void fill(const std::string& name, int mebibytes) const {  // as much of it as there is room for
    std::ofstream file(world.folder / ("data/" + name), std::ios::binary);
    const std::string block(kMiB * 1024UL, 'x');
    for (int written = 0; written < mebibytes && file; ++written) file << block << std::flush;
    std::ofstream rest(world.folder / ("data/" + name + ".rest"), std::ios::binary);
    while (file.fail() && rest) rest << std::string(512, 'x') << std::flush;
  }
  Shell apply(const std::string& name, const std::string& body) const {
    world.folder.write(name + ".yaml", World::host(name, name + ".test", body));
    return world.argos("apply -f '" + (world.folder / (name + ".yaml")) + "'");
  }
  Shell apply(const std::string& name) const { return apply(name, name); }
  // SQLite's log has some room in itself.
  Shell apply_until_refused() const {
    constexpr int kMost = 40;
    Shell last;
    for (int number = 0; number < kMost && last.status <= 0; ++number)
      last = apply("bulk-" + std::to_string(number), std::string(200UL * 1024, 'b'));
    return last;
  }
};

TEST_F(FullDisk, IsWarnedOfAndStopsNothingButWrites) {
  const SmallDisk disk(world.folder / "data", 260 * kMiB);
  if (!disk.mounted()) GTEST_SKIP() << "only root can have a small disk";
  world.start_caddy();
  world.start_argos();
  world.until_ready();
  ASSERT_EQ(apply("app").status, 0);
  EVENTUALLY(world.serves("app.test", "app"));
  EVENTUALLY(space() == "True AsItShouldBe");

  fill("ballast", 100);
  EVENTUALLY(space() == "False SpaceLow");
  EXPECT_THAT(world.server->log(), HasSubstr("surroundings: SpaceLow: "));
  ASSERT_EQ(apply("while-there-is-room").status, 0);

  fill("more", 1000);
  const auto refused = apply_until_refused();
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.out, AllOf(HasSubstr("disk is full"), HasSubstr("make room on the disk of"))) << refused.out;
  EXPECT_EQ(world.argos("get hosts").status, 0);
  EXPECT_THAT(world.argos("get hosts").out, HasSubstr("while-there-is-room"));
  EXPECT_EQ(world.probe("/healthz").status, 200);
  EXPECT_TRUE(world.serves("app.test", "app"));

  for (const auto* const name : {"ballast", "more", "more.rest"})
    std::filesystem::remove(world.folder / ("data/" + std::string(name)));
  ASSERT_EQ(apply("now").status, 0);
  EVENTUALLY(world.serves("now.test", "now"));
  EVENTUALLY(space() == "True AsItShouldBe");
  world.until_ready();
}

}  // namespace
}  // namespace argos::test
