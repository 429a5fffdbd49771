// SPDX-License-Identifier: Apache-2.0
// What TAB offers: asked of the binary, and of real shells.
#include "test/cli/running.hpp"
#include "test/support/program.hpp"

namespace argos::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::StartsWith;

bool is_installed(const std::string& program) { return run({{"-c", "command -v " + program}, {}, "", "/", "sh"}).status == 0; }

struct Completion : RunningTest {
  // The words, without what is said about them.
  std::vector<std::string> offered(std::vector<std::string> words) {
    words.insert(words.begin(), "__complete");
    const auto ran = argos(std::move(words));
    EXPECT_EQ(ran.status, 0) << ran.err;
    std::vector<std::string> out;
    std::istringstream lines(ran.out);
    for (std::string line; std::getline(lines, line);) out.push_back(line.substr(0, line.find('\t')));
    return out;
  }
};

TEST_F(Completion, OffersEveryCommandThatHelpNames) {
  const auto help = argos({"--help"}).out;
  const auto commands = offered({""});
  EXPECT_THAT(commands, IsSupersetOf({"serve", "get", "apply", "history", "undo", "completion"}));
  std::istringstream lines(help.substr(help.find("Subcommands:")));
  std::string line;
  std::getline(lines, line);
  std::size_t count = 0;
  for (; std::getline(lines, line) && line.starts_with("  "); ++count) {
    if (line[2] == ' ') continue;
    EXPECT_THAT(commands, Contains(line.substr(2, line.find(' ', 2) - 2)));
  }
  EXPECT_GT(count, 10U);
  EXPECT_THAT(offered({"hi"}), ElementsAre("history"));
  EXPECT_THAT(offered({"nonsense", ""}), IsEmpty());
}

TEST_F(Completion, OffersACommandsOptionsAndTheirValues) {
  EXPECT_THAT(offered({"apply", "--"}), IsSupersetOf({"--file", "--owner", "--prune", "--dry-run", "--output", "--help"}));
  EXPECT_THAT(offered({"apply", "--pr"}), ElementsAre("--prune"));
  EXPECT_THAT(offered({"get", "-o", "j"}), ElementsAre("json"));
  EXPECT_THAT(offered({"get", "--output=y"}), ElementsAre("--output=yaml"));
  EXPECT_THAT(offered({"get", "--output", "=", "y"}), ElementsAre("yaml")) << "as bash splits it";
  EXPECT_THAT(offered({"export", "-o", ""}), ElementsAre("yaml", "json"));
  EXPECT_THAT(offered({"apply", "-f", "x"}), ElementsAre(":files"));
  EXPECT_THAT(offered({"up", "--data", ""}), ElementsAre(":folders"));
  EXPECT_THAT(offered({"completion", ""}), ElementsAre("bash", "fish", "zsh"));
}

TEST_F(Completion, OffersKindsAndTheNamesOfObjects) {
  put("/api/v1/hosts/one", kHost);
  put("/api/v1/hosts/other", kHost);
  EXPECT_THAT(offered({"get", ""}), ElementsAre("settings", "targetgroups", "hosts", "certificates", "backuppolicies"));
  EXPECT_THAT(offered({"wait", "c"}), ElementsAre("controller", "certificates"));
  EXPECT_THAT(offered({"get", "hosts", ""}), ElementsAre("one", "other"));
  EXPECT_THAT(offered({"undo", "--dry-run", "host", "ot"}), ElementsAre("other"));
  EXPECT_THAT(offered({"undo", "--to", "7", "host", "ot"}), ElementsAre("other")) << "7 is no kind";
  EXPECT_THAT(offered({"describe", "host/o"}), ElementsAre("host/one", "host/other"));
  EXPECT_THAT(offered({"wait", "controller/c"}), ElementsAre("controller/caddy"));
  EXPECT_THAT(offered({"export", "hosts", "t"}), ElementsAre("targetgroups"));
  EXPECT_THAT(offered({"get", "hosts", "one", ""}), IsEmpty());
}

TEST(CompletionAlone, WithNothingRunningThereAreNoNamesAndNoErrors) {
  const TempFolder folder;
  const auto ran = run({{"__complete", "get", "hosts", ""}, {{"ARGOS_DATA_DIR", folder.path().string()}}, "", "/"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.out + ran.err, "");
}

TEST_F(Completion, BashCompletes) {
  put("/api/v1/hosts/one", kHost);
  folder.write("script", argos({"completion", "bash"}).out);
  folder.write("manifests-here/a.yaml", "");
  const auto in_bash = [&](const std::string& words) {
    folder.write("ask.sh", "cd '" + folder.path().string() +
                               "' && . ./script && complete -p argos >/dev/null || exit 1\nCOMP_WORDS=(" + words +
                               ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_argos\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n");
    return run({{"--norc", folder / "ask.sh"}, {{"ARGOS_DATA_DIR", folder.path().string()}}, "", "/", "bash"},
               [&] { loop.step(); })
        .out;
  };
  const std::string& binary = argos_binary();
  EXPECT_EQ(in_bash(binary + " hist"), "history\n");
  EXPECT_EQ(in_bash(binary + " get hosts ''"), "one\n");
  EXPECT_EQ(in_bash(binary + " get -o ta"), "table\n");
  EXPECT_EQ(in_bash(binary + " get --output = j"), "json\n");
  EXPECT_EQ(in_bash(binary + " get --output ="), "json\nyaml\ntable\n");
  EXPECT_EQ(in_bash(binary + " apply -f man"), "manifests-here\n");
}

TEST(CompletionAlone, EachShellTakesItsScript) {
  const TempFolder folder;
  for (const std::string name : {"bash", "zsh", "fish"}) {
    const auto script = run({{"completion", name}, {}, "", "/"});
    EXPECT_EQ(script.status, 0);
    EXPECT_THAT(script.out, Not(IsEmpty()));
    if (!is_installed(name)) continue;
    const auto checked = run({{"-n", folder.write(name, script.out)}, {}, "", "/", name});
    EXPECT_EQ(checked.status, 0) << name << ": " << checked.err;
  }
  const auto unknown = run({{"completion", "csh"}, {}, "", "/"});
  EXPECT_EQ(unknown.status, 2);
  EXPECT_THAT(unknown.err, StartsWith("argos: there is no completion for 'csh'"));
}

}  // namespace
}  // namespace argos::test
