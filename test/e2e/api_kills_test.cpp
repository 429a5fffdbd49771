// SPDX-License-Identifier: Apache-2.0
// argos, killed at every call that a change over HTTP makes to the disk: the change is there whole, with its audit entry, or not at all,
// and what was answered with success is there.
#include <spdlog/fmt/fmt.h>

#include "test/e2e/world.hpp"
#include "test/support/faulty_disk.hpp"

namespace argos::test {
namespace {

// `N` in a target or a body is the number of the try. `done` counts changes, `told` what was written down of them.
struct HttpDeed {
  std::string name, method, target, body;
  std::string done, told;
};
std::ostream& operator<<(std::ostream& to, const HttpDeed& deed) { return to << deed.name; }

struct ApiKills : ::testing::TestWithParam<HttpDeed> {
  static constexpr int kAtMost = 100;
  World world;
  FaultyDisk disk{world.folder / "data"};

  void start() {
    world.start_argos(disk.environment());
    world.until_argos_answers();
  }
  static std::string numbered(std::string text, int nth) {
    for (auto at = text.find('N'); at != std::string::npos; at = text.find('N', at + 1))
      text.replace(at, 1, std::to_string(nth));
    return text;
  }
  int attempt(int nth) const {
    const auto& deed = GetParam();
    return http("unix://" + (world.folder / "data/argos.sock"), numbered(deed.target, nth), {}, deed.method,
                numbered(deed.body, nth))
        .status;
  }
  std::string count(const std::string& query) const { return world.sql("SELECT count(*) FROM " + query).out; }
};

TEST_P(ApiKills, AChangeIsThereWithItsAuditEntryOrNotAtAll) {
  start();
  std::string prepared = "INSERT INTO users (name, role, password_hash) VALUES ('chief', 'admin', 'x');";
  for (int at = 1; at < kAtMost; ++at) {
    const auto name = fmt::format("b{}", at);
    prepared += fmt::format(
        "INSERT INTO users (name, role, password_hash) VALUES ('{0}', 'viewer', 'x');"
        "INSERT INTO target_groups (name) VALUES ('{0}');",
        name);
  }
  ASSERT_EQ(world.sql("BEGIN;" + prepared + "COMMIT").status, 0);
  int succeeded = 0, killed = 0;
  for (int nth = 1;; ++nth) {
    ASSERT_LT(nth, kAtMost);
    disk.arm(Fault::kill, nth);
    const auto status = attempt(nth);
    const bool struck = disk.has_struck();
    const auto story = fmt::format("call {}: {}, answered {}", nth, disk.story(), status);
    disk.disarm();
    if (status >= 200 && status < 300) ++succeeded;
    if (struck) {
      ++killed;
      EXPECT_EQ(world.server->wait(), "signal 9") << story;
      start();
    }
    EXPECT_EQ(count(GetParam().done), count(GetParam().told)) << story;
    EXPECT_GE(std::stoi(count(GetParam().done)), succeeded) << story;
    if (!struck) {
      EXPECT_EQ(status / 100, 2) << story;
      break;
    }
  }
  EXPECT_GT(killed, 2) << "it was killed nowhere";
}

INSTANTIATE_TEST_SUITE_P(
    Each, ApiKills,
    ::testing::Values(
        HttpDeed{
            "apply", "POST", "/api/v1/apply",
            R"({"objects": [{"kind": "TargetGroup", "metadata": {"name": "gN"}, "spec": {"targets": [{"host": "a", "port": 1}]}}]})",
            "target_groups", "changes WHERE kind = 'target_groups' AND what = 'created'"},
        HttpDeed{"suspend", "POST", "/api/v1/suspend", R"({"kind": "Controller", "name": "integrity", "note": "N"})",
                 "suspensions", "changes WHERE what = 'suspended'"},
        HttpDeed{"role", "PATCH", "/api/v1/users/bN", R"({"role": "operator"})", "users WHERE role = 'operator'",
                 "audit_log WHERE action = 'UserRoleChanged'"},
        HttpDeed{"delete", "DELETE", "/api/v1/targetgroups/bN", "",
                 "changes WHERE kind = 'target_groups' AND what = 'created' AND name NOT IN (SELECT name FROM target_groups)",
                 "changes WHERE kind = 'target_groups' AND what = 'deleted'"}),
    [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace argos::test
