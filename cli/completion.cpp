// SPDX-License-Identifier: Apache-2.0
#include "cli/completion.hpp"

#include <algorithm>
#include <iostream>
#include <map>

#include <CLI/CLI.hpp>

#include "cli/accounts.hpp"
#include "cli/app.hpp"
#include "cli/client.hpp"
#include "cli/kinds.hpp"
#include "cli/output.hpp"
#include "model/text.hpp"

namespace argos {
namespace {

constexpr std::chrono::milliseconds kPatience{2'000};  // somebody waits with a finger on the key

constexpr const char* kBash = R"(# bash completion of argos: argos completion bash > /etc/bash_completion.d/argos
_argos() {
  local current=${COMP_WORDS[COMP_CWORD]} line
  [ "$current" = "=" ] && current=
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      :folders) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
      *) COMPREPLY+=("${line%%$'\t'*}") ;;
    esac
  done < <("${COMP_WORDS[0]}" __complete "${COMP_WORDS[@]:1:COMP_CWORD-1}" "$current" 2>/dev/null)
}
complete -F _argos argos
)";

constexpr const char* kZsh = R"(#compdef argos
# zsh completion of argos: argos completion zsh > "${fpath[1]}/_argos"
_argos() {
  local line
  local -a found
  while IFS= read -r line; do
    case $line in
      :files) _files ;;
      :folders) _files -/ ;;
      *$'\t'*) found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
      *) found+=("${line//:/\\:}") ;;
    esac
  done < <("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)
  (( ${#found} )) && _describe argos found
}
if [ "$funcstack[1]" = "_argos" ]; then _argos "$@"; else compdef _argos argos; fi
)";

constexpr const char* kFish = R"(# fish completion of argos: argos completion fish > ~/.config/fish/completions/argos.fish
function __argos_complete
    set -l words (commandline -opc)
    for line in ($words[1] __complete $words[2..-1] (commandline -ct) 2>/dev/null)
        switch $line
            case :files
                __fish_complete_path (commandline -ct)
            case :folders
                __fish_complete_directories (commandline -ct)
            case '*'
                echo $line
        end
    end
end
complete -c argos -f -a '(__argos_complete)'
)";

const std::map<std::string, const char*, std::less<>>& scripts() {
  static const std::map<std::string, const char*, std::less<>> kScripts{{"bash", kBash}, {"zsh", kZsh}, {"fish", kFish}};
  return kScripts;
}

struct Candidate {
  std::string word, what;
};
using Candidates = std::vector<Candidate>;

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

// What has been typed before the word in hand.
struct Typed {
  const CLI::App* command = nullptr;
  const CLI::Option* pending = nullptr;  // its value comes next
  std::vector<std::string> positional;
};

const CLI::App* command_of(const CLI::App& app, const std::string& word) {
  const auto named = app.get_subcommands([&](const CLI::App* command) { return command->get_name() == word; });
  return named.empty() ? nullptr : named.front();
}

bool has_commands(const CLI::App& app) {
  return !app.get_subcommands([](const CLI::App*) { return true; }).empty();
}

Typed read(const CLI::App& app, const std::vector<std::string>& words) {
  Typed typed;
  for (std::size_t at = 0; at + 1 < words.size(); ++at) {
    const auto& word = words[at];
    if (word == "=") continue;  // bash splits --output=json there
    const auto& holder = typed.command == nullptr ? app : *typed.command;
    if (typed.pending != nullptr) {
      typed.pending = nullptr;
    } else if (word.starts_with('-') && word != "-") {
      const auto* const option = holder.get_option_no_throw(word.substr(0, word.find('=')));
      typed.pending = option != nullptr && takes_value(*option) && word.find('=') == std::string::npos ? option : nullptr;
    } else if (const auto* const command = command_of(holder, word)) {
      typed.command = command;
    } else if (has_commands(holder)) {
      return {};
    } else {
      typed.positional.push_back(word);
    }
  }
  return typed;
}

Candidates commands_of(const CLI::App& app) {
  Candidates out;
  for (const auto* const command : app.get_subcommands([](const CLI::App*) { return true; }))
    out.push_back({command->get_name(), command->get_description()});
  return out;
}

Candidates options_of(const CLI::App& command) {
  Candidates out;
  for (const auto* const option : command.get_options()) {
    for (const auto& name : option->get_lnames()) out.push_back({"--" + name, option->get_description()});
    for (const auto& name : option->get_snames()) out.push_back({"-" + name, option->get_description()});
  }
  return out;
}

// Controllers only where an option says that it takes them.
Candidates kinds(bool controllers) {
  Candidates out;
  if (controllers) out.push_back({"controller", "Controller"});
  for (const auto& names : desired_kinds()) out.push_back({std::string(names.plural), std::string(names.manifest)});
  return out;
}

// The name of every object of that kind, or every controller's.
Candidates objects(Kind kind) {
  Candidates out;
  auto client = make_client("argos completion");
  if (!client) return out;
  client->patience(kPatience);
  const auto answer = client->get(kind == Kind::controller ? "/api/v1/status" : path_of({kind, ""}));
  if (!answer) return out;
  for (const auto& controller : list_at(*answer, {"controllers"})) out.push_back({text_at(controller, {"name"}), ""});
  for (const auto& object : list_at(*answer, {"items"}))
    out.push_back({text_at(object, {"metadata", "name"}), text_at(object, {"spec", "domain"})});
  return out;
}

// A kind; with a slash behind it one of that kind, in the spelling that was begun.
Candidates kind_or_object(const std::string& current, bool controllers) {
  const auto slash = current.find('/');
  if (slash == std::string::npos) return kinds(controllers);
  const auto kind = kind_from(current.substr(0, slash));
  if (!kind) return {};
  auto out = objects(*kind);
  for (auto& candidate : out) candidate.word = current.substr(0, slash + 1) + candidate.word;
  return out;
}

Candidates values_of(const CLI::Option& option) {
  const auto& text = option.get_option_text();
  if (text == "PATH" || text == "FILE") return {{":files", ""}};
  if (text == "DIR") return {{":folders", ""}};
  if (text == "FORMAT") return {{"json", ""}, {"yaml", ""}, {"table", ""}};
  Candidates out;
  for (std::size_t from = 0, end = 0; text.find('|') != std::string::npos && from <= text.size(); from = end + 1) {
    end = std::min(text.find('|', from), text.size());
    out.push_back({text.substr(from, end - from), ""});
  }
  return out;
}

const CLI::Option* positional_at(const CLI::App& command, std::size_t index) {
  const CLI::Option* last = nullptr;
  for (const auto* const option : command.get_options()) {
    if (!option->get_positional()) continue;
    last = option;
    if (index-- == 0) return option;
  }
  return last != nullptr && last->get_items_expected_max() > 1 ? last : nullptr;
}

// Of the database here; none where it cannot be had.
Candidates names_in(const char* sql) {
  Candidates out;
  (void)read_accounts([&](Database& database) -> Result<> {
    const auto rows = database.query(sql);
    if (!rows) return rows.error();
    for (const auto& row : *rows)
      out.push_back({std::string(row.at("name").as_string()), std::string(row.at("what").as_string())});
    return {};
  });
  return out;
}

Candidates positionals_of(const Typed& typed, const std::string& current) {
  const auto* const option = positional_at(*typed.command, typed.positional.size());
  if (option == nullptr) return {};
  const auto name = option->get_name(true);
  const bool controllers = option->get_description().find("controller") != std::string::npos;
  if (name == "KIND" || name == "OBJECT") return kind_or_object(current, controllers);
  if (name == "NAME" && !typed.positional.empty()) {
    const auto kind = kind_from(typed.positional.front());
    return kind ? objects(*kind) : Candidates{};
  }
  if (name == "USER") return names_in("SELECT name, role AS what FROM users ORDER BY name");
  if (name == "TOKEN") return names_in("SELECT name, role AS what FROM api_tokens ORDER BY name");
  if (name == "PATH") return {{":files", ""}};
  if (name == "SHELL") {
    Candidates out;
    for (const auto& [shell, script] : scripts()) out.push_back({shell, ""});
    return out;
  }
  return {};
}

// "--output=js": the value of an option in the same word.
Candidates values_in(const CLI::App& command, const std::string& current, std::size_t equals) {
  const auto* const option = command.get_option_no_throw(current.substr(0, equals));
  auto out = option == nullptr ? Candidates{} : values_of(*option);
  for (auto& candidate : out) {
    if (!candidate.word.starts_with(':')) candidate.word = current.substr(0, equals + 1) + candidate.word;
  }
  return out;
}

Candidates candidates(const CLI::App& app, const Typed& typed, const std::string& current) {
  const auto& holder = typed.command == nullptr ? app : *typed.command;
  if (typed.pending != nullptr) return values_of(*typed.pending);
  if (const auto equals = current.find('='); current.starts_with("--") && equals != std::string::npos)
    return values_in(holder, current, equals);
  if (current.starts_with('-')) return options_of(holder);
  return has_commands(holder) ? commands_of(holder) : positionals_of(typed, current);
}

}  // namespace

int print_completion(const std::string& shell) {
  const auto script = scripts().find(shell);
  if (script == scripts().end())
    return misused({"UnknownShell", "there is no completion for '" + shown(shell) + "'", "known: bash, fish, zsh"});
  std::cout << script->second;
  return kDone;
}

std::vector<std::string> completions(const CLI::App& app, const std::vector<std::string>& words) {
  std::vector<std::string> out;
  if (words.empty()) return out;
  const auto typed = read(app, words);
  const bool known = typed.command != nullptr || words.size() == 1 || typed.pending != nullptr;
  if (!known) return out;
  for (const auto& [word, what] : candidates(app, typed, words.back())) {
    if (word.starts_with(':') || word.starts_with(words.back()))
      out.push_back(what.empty() ? word : word + "\t" + shown(what, 200));
  }
  return out;
}

}  // namespace argos
