// SPDX-License-Identifier: Apache-2.0
#include "model/restore_marker.hpp"

#include <algorithm>

#include <spdlog/fmt/fmt.h>

#include "model/text.hpp"

namespace argos {
namespace {

constexpr std::size_t kLongestText = 64U << 10U;
constexpr std::size_t kLongestField = 4096;
constexpr std::string_view kBlank = " \t\r\n";

Error invalid(std::string message) {
  return {"MarkerInvalid", "the restore marker " + std::move(message),
          "write the archive's path on one line, or ask for the restore again", Retry::never};
}

std::string_view trimmed(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// A path or a word: on one line, of a sensible length.
bool is_line(std::string_view text) {
  return text.size() <= kLongestField && std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

bool is_sha256(std::string_view text) {
  return text.size() == 64 &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::optional<Error> bad_field(const RestoreMarker& marker) {
  if (marker.archive.empty()) return invalid("names no archive");
  for (const auto* const field : {&marker.id, &marker.archive, &marker.requested_at, &marker.requested_by}) {
    if (!is_line(*field)) return invalid(fmt::format("has a text that is too long or not on one line: '{}'", shown(*field)));
  }
  if (marker.sha256 && !is_sha256(*marker.sha256)) return invalid("has a sha256 that is not 64 lower-case hexadecimal digits");
  return std::nullopt;
}

Result<RestoreMarker> from_json_text(std::string_view text) {
  boost::system::error_code bad;
  const auto json = boost::json::parse(text, bad);
  if (bad) return invalid(fmt::format("is not JSON: {}", bad.message()));
  RestoreMarker marker;
  FieldErrors errors;
  from_json_value(json, "", marker, errors);
  if (!errors.empty()) return invalid("makes no sense: " + to_string(errors));
  return marker;
}

}  // namespace

Result<RestoreMarker> parse_restore_marker(std::string_view text) {
  if (text.size() > kLongestText)
    return invalid(fmt::format("has {} bytes; at most {} are allowed", text.size(), kLongestText));
  text = trimmed(text);
  if (text.empty()) return invalid("is empty");
  if (!is_utf8(text)) return invalid("is not UTF-8");
  RestoreMarker marker;
  if (text.front() == '{') {
    auto read = from_json_text(text);
    if (!read) return read.error();
    marker = std::move(*read);
  } else {
    marker.archive = text;
  }
  if (auto bad = bad_field(marker)) return *bad;
  return marker;
}

std::string to_json_text(const RestoreMarker& marker) { return boost::json::serialize(to_json_value(marker)) + "\n"; }

}  // namespace argos
