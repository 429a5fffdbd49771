// SPDX-License-Identifier: Apache-2.0
#include "runtime/snapshot.hpp"

#include "runtime/rows.hpp"
#include "test/support/support.hpp"

namespace argos {
namespace {

struct SnapshotTest : testing::Test {
  test::TempFolder folder;
  std::unique_ptr<Store> store = test::ready_store(folder / "argos.db");

  Snapshot take() {
    Snapshot out;
    store
        ->read([&](Database& database) -> Result<> {
          auto taken = take_snapshot(*store, database);
          if (!taken) return taken.error();
          out = std::move(*taken);
          return {};
        })
        .value();
    return out;
  }
  void put_host(const std::string& name, const std::string& domain) {
    Host host;
    host.domain = domain;
    store
        ->write([&](Database& database) -> Result<> {
          const auto done = put(database, name, host, ManagedBy::apply, "cli");
          return done ? Result<>{} : done.error();
        })
        .value();
  }
};

TEST_F(SnapshotTest, WhoAsksAtTheSamePlaceSharesOne) {
  put_host("app", "app.test");
  const auto first = take();
  EXPECT_EQ(take().desired, first.desired);
  EXPECT_EQ(take().place, first.place);
}

TEST_F(SnapshotTest, AfterAChangeThereIsAnotherAndTheFormerStaysAsItWas) {
  put_host("app", "app.test");
  const auto before = take();
  put_host("app", "other.test");
  put_host("blog", "blog.test");
  const auto after = take();
  ASSERT_EQ(after.desired->hosts.size(), 2U);
  EXPECT_EQ(after.desired->hosts.front().spec.domain, "other.test");
  ASSERT_EQ(before.desired->hosts.size(), 1U);
  EXPECT_EQ(before.desired->hosts.front().spec.domain, "app.test");
}

}  // namespace
}  // namespace argos
