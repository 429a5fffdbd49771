// SPDX-License-Identifier: Apache-2.0
// Hands at random, and a controller that is cut off at any step: it finds what is different, all of it, and nothing else.
#include <random>

#include "test/controllers/integrity_fixture.hpp"
#include "test/support/torture.hpp"

namespace argos::test {
namespace {

namespace fs = std::filesystem;

struct IntegrityTorture : IntegrityTest {
  static constexpr int kFiles = 12;
  std::minstd_rand random{static_cast<std::uint32_t>(seed())};

  int below(int end) { return std::uniform_int_distribution<int>(0, end - 1)(random); }
  std::string some_file() { return site + "/" + std::to_string(below(3)) + "/" + std::to_string(below(kFiles)); }
  std::string some_bytes() { return {"abc", static_cast<std::size_t>(1 + below(3))}; }

  // What the files are, read in the simplest way.
  std::map<std::string, std::string> world() const {
    std::map<std::string, std::string> out;
    for (const auto& entry : fs::recursive_directory_iterator(site)) {
      const auto path = entry.path().string();
      if (entry.is_symlink()) {
        out[path] = "link " + fs::read_symlink(path).string();
      } else if (entry.is_regular_file()) {
        out[path] = std::to_string(static_cast<int>(entry.status().permissions())) + " " + read_file(path).value();
      }
    }
    return out;
  }
  static std::vector<std::string> different(const std::map<std::string, std::string>& before,
                                            const std::map<std::string, std::string>& now) {
    std::set<std::string> out;
    for (const auto& one : before) {
      if (!now.contains(one.first) || now.at(one.first) != one.second) out.insert(one.first);
    }
    for (const auto& one : now) {
      if (!before.contains(one.first)) out.insert(one.first);
    }
    return {out.begin(), out.end()};
  }
  void meddle() {
    const auto file = some_file();
    fs::create_directories(fs::path(file).parent_path());
    switch (below(6)) {
      case 0: fs::remove(file); break;
      case 1:
        if (fs::is_regular_file(fs::symlink_status(file))) fs::permissions(file, fs::perms(below(2) == 0 ? 0600 : 0644));
        break;
      case 2:
        fs::remove(file);
        fs::create_symlink(some_bytes(), file);
        break;
      case 3:
        std::ofstream(site + "/moved") << some_bytes();
        fs::rename(site + "/moved", file);
        break;
      case 4: fs::remove_all(fs::path(file).parent_path()); break;
      default:
        if (!fs::is_symlink(fs::symlink_status(file))) std::ofstream(file) << some_bytes();
    }
  }
  std::vector<std::string> open_paths() {
    return texts("SELECT path FROM findings WHERE surface = 'integrity' AND open = 1 ORDER BY path");
  }
};

TEST_F(IntegrityTorture, FindsWhatDiffersAllOfItAndNothingElse) {
  for (int file = 0; file < kFiles; ++file) write("site/" + std::to_string(file % 3) + "/" + std::to_string(file), "abc");
  baseline({site});
  auto taken = world();
  for (int round = 0, most = rounds(40, 3000); round < most; ++round) {
    for (int hands = below(4); hands >= 0; --hands) meddle();
    if (below(8) == 0) {
      baseline({site});
      taken = world();
    }
    if (below(3) == 0) {  // cut off after some steps
      mark();
      for (int steps = below(4); steps > 0 && (step() || wait()); --steps) {
      }
      if (below(2) == 0) meddle();
      controller = make();
    }
    look();
    ASSERT_EQ(open_paths(), different(taken, world())) << "round " << round;
  }
}

}  // namespace
}  // namespace argos::test
