// SPDX-License-Identifier: Apache-2.0
// Completion on TAB. What can be typed is asked of the program each time, so a script that was installed long ago knows what this
// program knows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace argos {

// The hidden command that the scripts call: `argos __complete WORD… CURRENT`.
constexpr std::string_view kComplete = "__complete";

// A script for bash, zsh or fish on stdout.
int print_completion(const std::string& shell);

// What may stand where the last of `words` is being typed, a line each: the word, and behind a tab what it is. ":files" or
// ":folders" where it is a path. Words of the command line follow from the parser itself; names of objects are asked of the running
// argos, and where none answers there are none.
std::vector<std::string> completions(const CLI::App& app, const std::vector<std::string>& words);

}  // namespace argos
