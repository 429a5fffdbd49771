// SPDX-License-Identifier: Apache-2.0
#include "model/archive_metadata.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <spdlog/fmt/fmt.h>

#include "model/text.hpp"

namespace argos {
namespace {

constexpr std::size_t kLongestMetadata = 64U << 10U;
constexpr std::size_t kLongestNote = 1000;
constexpr std::size_t kHexDigits = 64;

Error unusable(std::string message) { return {"MetadataInvalid", "metadata.json " + std::move(message), "", Retry::never}; }

bool is_hex(std::string_view text) { return text.find_first_not_of("0123456789abcdef") == std::string_view::npos; }

std::optional<Error> what_is_wrong(const ArchiveMetadata& metadata) {
  if (metadata.format != kArchiveFormat)
    return unusable(fmt::format("is of format {}; this argos knows format {}", metadata.format, kArchiveFormat));
  if (metadata.db_sha256.size() != kHexDigits || !is_hex(metadata.db_sha256)) return unusable("names no SHA-256 of argos.db");
  if (metadata.db_bytes <= 0 || metadata.caddy_files < 0 || metadata.schema_version < 0)
    return unusable("has a number that makes no sense");
  if (metadata.note.size() > kLongestNote || metadata.master_key_id.size() > kHexDigits)
    return unusable("has a text that is too long");
  if (!parse_rfc3339(metadata.created_at))
    return unusable(fmt::format("says '{}' of when it was made", shown(metadata.created_at)));
  return std::nullopt;
}

// The number at the front of `text`, of so many digits; takes them off.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  int number = 0;
  const auto digits = text.substr(0, count);
  if (digits.size() < count || digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  text.remove_prefix(count);
  return number;
}

bool take_word(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

// Year, month, day, hour, minute, second.
std::optional<WallTime> time_of(const std::array<int, 6>& at) {
  const std::chrono::year_month_day date{std::chrono::year(at[0]), std::chrono::month(static_cast<unsigned>(at[1])),
                                         std::chrono::day(static_cast<unsigned>(at[2]))};
  const bool sane = date.ok() && at[0] >= 1970 && at[0] <= 2200 && at[3] < 24 && at[4] < 60 && at[5] <= 60;
  if (!sane) return std::nullopt;
  return WallTime(std::chrono::sys_days(date) + std::chrono::hours(at[3]) + std::chrono::minutes(at[4]) +
                  std::chrono::seconds(at[5]));
}

// Numbers of 4, 2, 2, 2, 2 and 2 digits, each with its word behind it.
std::optional<WallTime> take_time(std::string_view& text, const std::array<std::string_view, 6>& behind) {
  std::array<int, 6> at{};
  for (std::size_t part = 0; part < at.size(); ++part) {
    const auto number = take_digits(text, part == 0 ? 4 : 2);
    if (!number || !take_word(text, behind[part])) return std::nullopt;
    at[part] = *number;
  }
  return time_of(at);
}

}  // namespace

std::string to_json_text(const ArchiveMetadata& metadata) { return boost::json::serialize(to_json_value(metadata)) + "\n"; }

Result<ArchiveMetadata> parse_archive_metadata(std::string_view text) {
  if (text.size() > kLongestMetadata) return unusable(fmt::format("has {} bytes", text.size()));
  boost::system::error_code bad;
  const auto json = boost::json::parse(text, bad);
  if (bad || !json.is_object()) return unusable("is no JSON object");
  ArchiveMetadata out;
  out.format = 0;
  FieldErrors errors;
  from_json_value(json, "", out, errors);
  std::erase_if(errors,
                [](const FieldError& error) { return error.reason == "Unknown" && error.message == "is not a field here"; });
  if (!errors.empty()) return unusable("makes no sense: " + shown(to_string(errors), 300));
  if (const auto wrong = what_is_wrong(out)) return *wrong;
  return out;
}

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  auto time = take_time(text, {"-", "-", "T", ":", ":", ""});
  if (!time) return std::nullopt;
  if (take_word(text, ".")) {
    const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
    auto fraction = std::string(text.substr(0, std::min<std::size_t>(end, 3)));
    if (fraction.empty()) return std::nullopt;
    fraction.resize(3, '0');
    *time += std::chrono::milliseconds(std::stoi(fraction));
    text.remove_prefix(end);
  }
  return text == "Z" ? time : std::nullopt;
}

std::string archive_name(WallTime created, int number) {
  const auto text = to_rfc3339(created);  // 2026-11-27T02:00:00.000Z
  return fmt::format("{}{}{}{}-{}{}{}{}{}", kArchivePrefix, text.substr(0, 4), text.substr(5, 2), text.substr(8, 2),
                     text.substr(11, 2), text.substr(14, 2), text.substr(17, 2), number == 0 ? "" : fmt::format("-{}", number),
                     kArchiveSuffix);
}

std::optional<WallTime> time_in_archive_name(std::string_view name) {
  if (!take_word(name, kArchivePrefix) || !name.ends_with(kArchiveSuffix)) return std::nullopt;
  return take_time(name, {"", "", "-", "", "", ""});
}

bool is_archive_name(std::string_view name) {
  constexpr std::size_t kLongestName = 200;
  const auto plain = [](char c) { return c > ' ' && c < '\x7f' && c != '/' && c != '"' && c != '\\'; };
  return name.size() > kArchiveSuffix.size() && name.size() <= kLongestName && !name.starts_with('.') &&
         name.ends_with(kArchiveSuffix) && std::ranges::all_of(name, plain);
}

}  // namespace argos
