// SPDX-License-Identifier: Apache-2.0
#include "cli/integrity_list.hpp"

#include <boost/json.hpp>

#include "cli/output.hpp"
#include "model/checksums.hpp"
#include "model/text.hpp"
#include "runtime/files.hpp"

namespace argos {
namespace {

constexpr std::uint64_t kLargestList = 1U << 30U;

Error no_list(const std::string& why) {
  return {"NotABaseline", why, "name a file that `argos integrity baseline` or sha256sum wrote", Retry::never};
}

Result<FileList> list_from(const boost::json::value& json) {
  FileList out;
  for (const auto& place : list_at(json, {"places"})) {
    auto path = place.is_string() ? name_from_text(place.get_string()) : std::nullopt;
    if (!path) return no_list("a place in it makes no sense");
    out.places.insert(std::move(*path));
  }
  for (const auto& item : list_at(json, {"files"})) {
    auto path = name_from_text(text_at(item, {"path"}));
    auto state = file_state_from(item);
    if (!path || path->empty() || !state) return no_list("an entry in it makes no sense: " + shown(serialize(item)));
    out.files.insert_or_assign(std::move(*path), std::move(*state));
  }
  if (out.places.empty()) return no_list("it is JSON, and no baseline");
  return out;
}

}  // namespace

Result<FileList> read_list(const std::string& path) {
  const auto text = read_file(path, kLargestList);
  if (!text) return text.error();
  const auto first = text->find_first_not_of(" \t\r\n");
  if (first != std::string::npos && (*text)[first] == '{') {
    boost::system::error_code bad;
    const auto json = boost::json::parse(*text, bad);
    auto list = bad ? Result<FileList>(no_list("it is no JSON: " + bad.message())) : list_from(json);
    if (!list) return no_list(path + ": " + list.error().message);
    return list;
  }
  const auto lines = parse_checksums(*text);
  if (!lines) return no_list(path + ": " + lines.error().message);
  FileList out;
  out.only_files = true;
  for (const auto& line : *lines)
    out.files.insert_or_assign(absolute_path(line.name), FileState{FileKind::file, line.sha256, {}});
  return out;
}

boost::json::value to_json(const FileList& list) {
  boost::json::array places, files;
  for (const auto& place : list.places) places.emplace_back(name_text(place));
  for (const auto& [path, state] : list.files) {
    auto item = to_json(state);
    item.as_object()["path"] = name_text(path);
    files.push_back(std::move(item));
  }
  return boost::json::object{{"places", std::move(places)}, {"files", std::move(files)}};
}

std::string checksums_of(const FileList& list) {
  std::string out;
  for (const auto& [path, state] : list.files) {
    if (state.kind == FileKind::file) out += checksum_line({state.content, path});
  }
  return out;
}

}  // namespace argos
