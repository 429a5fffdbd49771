// SPDX-License-Identifier: Apache-2.0
#include "model/checksums.hpp"

#include <algorithm>
#include <charconv>

#include <spdlog/fmt/fmt.h>

#include "model/text.hpp"

namespace argos {
namespace {

constexpr std::size_t kDigits = 64;
constexpr std::string_view kTag = "SHA256 (", kTagEnd = ") = ";

bool is_escaped(char c) { return c == '\\' || c == '\n' || c == '\r'; }

std::string escaped(char c) { return c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\\\"; }

std::optional<char> byte_of(std::string_view hex) {
  unsigned value = 0;
  const auto [end, bad] = std::from_chars(hex.data(), hex.data() + hex.size(), value, 16);
  if (bad != std::errc() || hex.size() != 2 || end != hex.data() + hex.size()) return std::nullopt;
  return static_cast<char>(value);
}

bool is_sha256(std::string_view text) {
  return text.size() == kDigits && text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

// "DIGITS  name", "DIGITS *name".
std::optional<Checksum> plain(std::string_view line) {
  const auto digits = line.substr(0, kDigits);
  const bool separated =
      line.size() > kDigits + 2 && line[kDigits] == ' ' && (line[kDigits + 1] == ' ' || line[kDigits + 1] == '*');
  if (!separated || !is_sha256(digits)) return std::nullopt;
  return Checksum{lower(digits), std::string(line.substr(kDigits + 2))};
}

// "SHA256 (name) = DIGITS".
std::optional<Checksum> tagged(std::string_view line) {
  const auto end = line.rfind(kTagEnd);
  if (end == std::string_view::npos || end <= kTag.size()) return std::nullopt;
  const auto digits = line.substr(end + kTagEnd.size());
  if (!is_sha256(digits)) return std::nullopt;
  return Checksum{lower(digits), std::string(line.substr(kTag.size(), end - kTag.size()))};
}

std::optional<Checksum> parse_line(std::string_view line) {
  const bool marked = line.starts_with('\\');
  if (marked) line.remove_prefix(1);
  auto out = line.starts_with(kTag) ? tagged(line) : plain(line);
  if (!out || !marked) return out;
  const auto name = name_from_text(out->name);
  if (!name) return std::nullopt;
  out->name = *name;
  return out;
}

}  // namespace

std::string checksum_line(const Checksum& checksum) {
  const bool marked = std::ranges::any_of(checksum.name, is_escaped);
  std::string out = (marked ? "\\" : "") + checksum.sha256 + "  ";
  for (const char c : checksum.name) out += is_escaped(c) ? escaped(c) : std::string(1, c);
  return out + "\n";
}

Result<std::vector<Checksum>> parse_checksums(std::string_view text) {
  std::vector<Checksum> out;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    auto read = parse_line(line);
    if (!read) {
      return Error{"NotChecksums", fmt::format("line {} is no checksum: {}", number, shown(line)),
                   "name a file that `argos integrity baseline` or sha256sum wrote", Retry::never};
    }
    out.push_back(std::move(*read));
  }
  return out;
}

std::string name_text(std::string_view name) {
  std::string out;
  while (!name.empty()) {
    const auto before = name;
    const auto character = take_character(name);
    if (!character) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(name.front()));
      name.remove_prefix(1);
    } else {
      out += is_escaped(before.front()) ? escaped(before.front()) : std::string(before.substr(0, before.size() - name.size()));
    }
  }
  return out;
}

std::optional<std::string> name_from_text(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto slash = std::min(text.find('\\'), text.size());
    out += text.substr(0, slash);
    text.remove_prefix(slash);
    if (text.empty()) break;
    const char what = text.size() > 1 ? text[1] : '\0';
    const auto byte = what == 'x' ? byte_of(text.substr(2, 2)) : std::nullopt;
    if (byte) {
      out += *byte;
      text.remove_prefix(4);
      continue;
    }
    if (what != '\\' && what != 'n' && what != 'r') return std::nullopt;
    out += what == 'n' ? '\n' : what == 'r' ? '\r' : '\\';
    text.remove_prefix(2);
  }
  return out;
}

}  // namespace argos
