// SPDX-License-Identifier: Apache-2.0
#include "model/integrity.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <boost/json.hpp>
#include <spdlog/fmt/fmt.h>

#include "model/checksums.hpp"

namespace argos {
namespace {

constexpr int kOctal = 8;

std::optional<FileChange> change_between(const FileState& wanted, const FileState& found) {
  if (wanted.kind != found.kind || wanted.content != found.content) return FileChange::changed;
  if (wanted.mode && found.mode && wanted.mode != found.mode) return FileChange::mode;
  return std::nullopt;
}

// One that holds `path`, or is it. There are few of them.
const std::string* folder_over(std::string_view path, const ByPath<std::string>& folders) {
  const auto found = std::ranges::find_if(folders, [&](const auto& folder) { return is_within(path, folder.first); });
  return found == folders.end() ? nullptr : &found->first;
}

class Comparison {
 public:
  Comparison(const ExpectedFiles& expected, const FoundFiles& found) : expected_(expected), found_(found) {}

  std::vector<FileDifference> result() {
    for (const auto& [path, why] : found_.unreadable) add({path, FileChange::unreadable, {}, {}, why});
    for (const auto& [path, wanted] : expected_) judge(path, wanted);
    for (const auto& [path, state] : found_.files) {
      if (!expected_.contains(path)) add({path, FileChange::added, {}, state, ""});
    }
    std::vector<FileDifference> out;
    for (auto& [path, difference] : by_path_) out.push_back(std::move(difference));
    return out;
  }

 private:
  void add(FileDifference difference) {
    auto path = difference.path;
    by_path_.emplace(std::move(path), std::move(difference));
  }
  void judge(const std::string& path, const ExpectedFile& wanted) {
    if (folder_over(path, found_.unreadable) != nullptr) return;
    const auto held = found_.files.find(path);
    if (held != found_.files.end()) {
      if (const auto change = change_between(wanted.state, held->second)) add({path, *change, wanted.state, held->second, ""});
    } else if (wanted.required) {
      const auto* const folder = folder_over(path, found_.missing);
      add(folder == nullptr ? FileDifference{path, FileChange::removed, wanted.state, {}, ""}
                            : FileDifference{*folder, FileChange::removed, {}, {}, found_.missing.find(*folder)->second});
    }
  }

  const ExpectedFiles& expected_;
  const FoundFiles& found_;
  ByPath<FileDifference> by_path_;
};

std::optional<unsigned> mode_from(const boost::json::value* json) {
  if (json == nullptr || !json->is_string()) return std::nullopt;
  const std::string_view text = json->get_string();
  unsigned mode = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), mode, kOctal);
  if (bad != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return mode;
}

}  // namespace

std::vector<FileDifference> file_differences(const ExpectedFiles& expected, const FoundFiles& found) {
  return Comparison(expected, found).result();
}

bool is_left_out(std::string_view path, std::string_view own_database) {
  constexpr std::array<std::string_view, 3> kEndings{"-wal", "-shm", "-journal"};
  return path == own_database || std::ranges::any_of(kEndings, [&](auto ending) { return path.ends_with(ending); });
}

bool is_within(std::string_view path, std::string_view place) {
  if (!path.starts_with(place)) return false;
  return path.size() == place.size() || place.ends_with('/') || path[place.size()] == '/';
}

bool is_within(std::string_view path, const Places& places) {
  while (!places.contains(path)) {
    const auto slash = path.rfind('/');
    if (slash == std::string_view::npos || path == "/") return false;
    path = slash == 0 ? "/" : path.substr(0, slash);
  }
  return true;
}

boost::json::value to_json(const FileState& state) {
  if (state.kind == FileKind::link) return boost::json::object{{"link", name_text(state.content)}};
  if (state.kind != FileKind::file) return boost::json::object{{"kind", enum_text(state.kind)}};
  boost::json::object out{{"sha256", state.content}};
  if (state.mode) out["mode"] = fmt::format("{:04o}", *state.mode);
  return out;
}

std::optional<FileState> file_state_from(const boost::json::value& json) {
  const auto* const object = json.if_object();
  if (object == nullptr) return std::nullopt;
  const auto text = [&](std::string_view field) {
    const auto* const found = object->if_contains(field);
    return found == nullptr || !found->is_string() ? std::nullopt : std::optional<std::string>(found->get_string());
  };
  if (auto sha256 = text("sha256"))
    return FileState{FileKind::file, std::move(*sha256), mode_from(object->if_contains("mode"))};
  if (const auto link = text("link")) {
    auto target = name_from_text(*link);
    return target ? std::optional(FileState{FileKind::link, std::move(*target), {}}) : std::nullopt;
  }
  for (const auto& [kind, name] : enum_table<FileKind>()) {
    if (text("kind") == name) return FileState{kind, {}, {}};
  }
  return std::nullopt;
}

}  // namespace argos
