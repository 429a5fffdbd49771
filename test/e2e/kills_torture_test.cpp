// SPDX-License-Identifier: Apache-2.0
// Whatever is killed, edited or patched by hand, and in whatever order: it ends in what is wanted.
#include <csignal>
#include <map>
#include <random>

#include "test/e2e/world.hpp"
#include "test/support/torture.hpp"

namespace argos::test {
namespace {

// A world, what is wanted of it, and hands that disturb it at random.
class Game {
 public:
  explicit Game(std::uint64_t seed) : random_(static_cast<std::uint32_t>(seed)) {
    for (int host = 0; host < kHosts; ++host) edit(host);
    world.start_caddy();
    world.start_argos();
  }

  std::string disturb() {
    switch (below(6)) {
      case 0: return kill_argos();
      case 1: return kill_caddy();
      case 2: return remove(below(kHosts));
      case 3: return patch();
      default: return edit(below(kHosts));
    }
  }

  bool is_as_wanted() const {
    for (int host = 0; host < kHosts; ++host) {
      const auto body = wanted_.find(host);
      if (body == wanted_.end() ? world.get(domain(host)).status != 404 : !world.serves(domain(host), body->second))
        return false;
    }
    return world.probe("/readyz").status == 200;
  }

  World world;

 private:
  static constexpr int kHosts = 6;

  int below(int end) { return std::uniform_int_distribution<int>(0, end - 1)(random_); }
  static std::string name(int host) { return "h" + std::to_string(host); }
  static std::string domain(int host) { return name(host) + ".test"; }

  std::string edit(int host) {
    wanted_[host] = "edit" + std::to_string(++edits_);
    world.manifest(name(host) + ".yaml", World::host(name(host), domain(host), wanted_[host]));
    return "edit " + name(host);
  }
  std::string remove(int host) {
    if (wanted_.size() <= 1) return edit(host);  // a folder without manifests deletes nothing
    wanted_.erase(host);
    std::filesystem::remove(world.folder / ("manifests/" + name(host) + ".yaml"));
    return "remove " + name(host);
  }
  std::string kill_argos() {
    world.server->signal(SIGKILL);
    world.server->wait();
    world.start_argos();
    return "kill argos";
  }
  std::string kill_caddy() {
    world.caddy->signal(SIGKILL);
    world.caddy->wait();
    world.start_caddy();
    return "kill Caddy";
  }
  std::string patch() {
    http(world.admin, "/config/apps/http/servers/http/routes/0/handle", {}, "PATCH",
         R"([{"handler":"static_response","body":"patched"}])");
    if (++patches_ % 2 == 0)
      return "patch a route; " + kill_argos();  // who patches again and again is a rival, and argos slows down
    return "patch a route";
  }

  std::minstd_rand random_;
  std::map<int, std::string> wanted_;
  int edits_ = 0, patches_ = 0;
};

TEST(KillsTorture, WhateverIsKilledOrChangedEndsInWhatIsWanted) {
  Game game(seed());
  for (int round = 0, most = rounds(8, 300); round < most; ++round) {
    std::string done;
    for (int i = 0; i < 3; ++i) done += game.disturb() + "; ";
    ASSERT_TRUE(eventually([&] { return game.is_as_wanted(); }, std::chrono::seconds(20)))
        << "round " << round << ": " << done << "\n"
        << game.world.server->log();
  }
}

}  // namespace
}  // namespace argos::test
