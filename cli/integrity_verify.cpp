// SPDX-License-Identifier: Apache-2.0
// `integrity verify`: are files what they were when a baseline was taken, or when argos wrote them?
#include <algorithm>
#include <iostream>

#include <boost/json.hpp>
#include <spdlog/fmt/fmt.h>

#include "cli/app.hpp"
#include "cli/client.hpp"
#include "cli/commands.hpp"
#include "cli/integrity_files.hpp"
#include "cli/integrity_list.hpp"
#include "cli/progress.hpp"
#include "model/checksums.hpp"

namespace argos {
namespace {

using MaybeList = std::optional<FileList>;

Result<MaybeList> kept_list(const std::string& path) {
  if (path.empty()) return MaybeList();
  auto list = read_list(path);
  if (!list) return list.error();
  return MaybeList(std::move(*list));
}

Result<Expectations> expected(const Config& config, const MaybeList& list) {
  if (!list && !has_database(config)) {
    return Error{"NoBaseline", "there is no baseline: " + config.db_path + " is not there",
                 "name a file that holds one: --file FILE", Retry::never};
  }
  auto known = read_expectations(config);
  return known && list ? known->with(list->files) : known;
}

// What is asked about: what was typed; else what the list says it is about, or all of which something is known.
Places scopes_of(const std::vector<std::string>& typed, const MaybeList& list, const Expectations& expectations) {
  if (!typed.empty()) return {typed.begin(), typed.end()};
  if (!list) return expectations.places();
  if (!list->places.empty()) return list->places;
  Places out;
  const auto certs = expectations.places();
  for (const auto& [path, state] : list->files) {
    if (is_within(path, certs)) out = certs;
  }
  for (const auto& [path, state] : list->files) {
    if (!is_within(path, out)) out.insert(path);
  }
  return out;
}

bool has_any(const ByPath<FileState>& files, const std::string& place) {
  const auto below = files.lower_bound(place.ends_with('/') ? place : place + "/");
  return files.contains(place) || (below != files.end() && is_within(below->first, place));
}

Result<> check_known(const Places& scopes, const Expectations& expectations) {
  const auto places = expectations.places();
  for (const auto& scope : scopes) {
    const auto holds_it = [&](const auto& place) { return is_within(place, scope); };
    if (is_within(scope, places) || has_any(expectations.baseline(), scope) || std::ranges::any_of(places, holds_it)) continue;
    return Error{"NoBaseline", "there is no baseline of " + name_text(scope),
                 "take one while it is known to be good: argos integrity baseline " + name_text(scope), Retry::never};
  }
  return {};
}

std::string short_state(const std::optional<FileState>& state) {
  constexpr std::size_t kDigits = 12;
  if (!state) return "";
  if (state->kind == FileKind::link) return "-> " + state->content;
  if (state->kind != FileKind::file) return "a " + enum_text(state->kind);
  return state->content.substr(0, kDigits) + (state->mode ? fmt::format(" {:04o}", *state->mode) : "");
}

boost::json::value state_or_null(const std::optional<FileState>& state) {
  return state ? to_json(*state) : boost::json::value(nullptr);
}

void print_differences(const std::vector<FileDifference>& all, const ReadFiles& read, Format format) {
  if (format == Format::table) {
    Table table({"CHANGE", "FILE", "WANTED", "FOUND"});
    for (const auto& one : all)
      table.add({enum_text(one.change), one.path, short_state(one.wanted), one.why.empty() ? short_state(one.found) : one.why});
    if (!table.empty()) print(table);
    std::cout << (all.empty() ? fmt::format("{} files ({}) are as they should be\n", read.files, bytes_text(read.bytes))
                              : fmt::format("{} files are not as they should be; {} were read\n", all.size(), read.files));
    return;
  }
  boost::json::array items;
  for (const auto& one : all) {
    items.push_back({{"file", name_text(one.path)},
                     {"change", enum_text(one.change)},
                     {"wanted", state_or_null(one.wanted)},
                     {"found", state_or_null(one.found)},
                     {"why", one.why}});
  }
  print(format, boost::json::object{
                    {"same", all.empty()}, {"files", read.files}, {"bytes", read.bytes}, {"differences", std::move(items)}});
}

int status_of(const std::vector<FileDifference>& all, const FoundFiles& found) {
  if (all.empty()) return kDone;
  const bool other = std::ranges::any_of(all, [](const auto& one) { return one.change != FileChange::unreadable; });
  return other ? kDifferent : complain_about_unreadable(found);
}

}  // namespace

int integrity_verify(const IntegrityOptions& options) {
  const auto config = read_config(client_environment());
  if (!config) return misused(config.error());
  const auto typed = named_places(options.paths, *config);
  if (!typed) return misused(typed.error());
  const auto list = kept_list(options.file);
  if (!list) return fail(list.error());
  const auto before = expected(*config, *list);
  if (!before) return fail(before.error());
  const auto scopes = scopes_of(*typed, *list, *before);
  if (auto known = check_known(scopes, *before); !known) return fail(known.error());

  auto read = read_files(scopes, *config);
  if (*list && (*list)->only_files)
    std::erase_if(read.found.files, [](const auto& item) { return item.second.kind != FileKind::file; });
  const auto after = expected(*config, *list);  // with what argos wrote meanwhile
  if (!after) return fail(after.error());
  const auto differ = after->judge(scopes, read.found);
  print_differences(differ, read, options.format);
  return status_of(differ, read.found);
}

}  // namespace argos
