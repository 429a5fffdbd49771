// SPDX-License-Identifier: Apache-2.0
// The real binary against a real panel, whose conditions the test sets.
#pragma once

#include "test/cli/child.hpp"
#include "test/panel/panel_fixture.hpp"

namespace argos::test {

struct RunningTest : PanelTest {
  Ran argos(std::vector<std::string> arguments, std::string input = "", const std::function<void()>& meanwhile = {}) {
    return run({std::move(arguments), {{"ARGOS_DATA_DIR", folder.path().string()}}, std::move(input), folder.path().string()},
               [&] {
                 loop.step();
                 if (meanwhile) meanwhile();
               });
  }
  std::uint64_t generation(const std::string& table) {
    return static_cast<std::uint64_t>(count("SELECT max(generation) FROM " + table));
  }
  void program(const Key& key, std::uint64_t seen, Status status = Status::yes, const std::string& why = "Programmed") {
    found(key, "Accepted", Status::yes, "Accepted", seen);
    found(key, "Programmed", status, why, seen);
  }
};

inline constexpr const char* kApp =
    "apiVersion: argos.edge/v1\nkind: Host\nmetadata: {name: app}\nspec: {domain: app.example.com, targetGroup: app}\n"
    "---\napiVersion: argos.edge/v1\nkind: TargetGroup\nmetadata: {name: app}\nspec: {targets: [{host: 127.0.0.1, port: "
    "9000}]}\n";

}  // namespace argos::test
