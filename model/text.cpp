// SPDX-License-Identifier: Apache-2.0
#include "model/text.hpp"

#include <algorithm>
#include <spdlog/fmt/fmt.h>

namespace argos {
namespace {

struct Lead {
  std::size_t length;
  char32_t bits;
  char32_t least;  // smaller values are overlong
};

std::optional<Lead> lead_of(unsigned char byte) {
  if (byte < 0x80) return Lead{1, byte, 0};
  if ((byte & 0xE0U) == 0xC0) return Lead{2, byte & 0x1FU, 0x80};
  if ((byte & 0xF0U) == 0xE0) return Lead{3, byte & 0x0FU, 0x800};
  if ((byte & 0xF8U) == 0xF0) return Lead{4, byte & 0x07U, 0x10000};
  return std::nullopt;
}

bool between(char32_t character, char32_t first, char32_t last) { return character >= first && character <= last; }

}  // namespace

std::optional<char32_t> take_character(std::string_view& rest) {
  if (rest.empty()) return std::nullopt;
  const auto lead = lead_of(static_cast<unsigned char>(rest.front()));
  if (!lead || rest.size() < lead->length) return std::nullopt;
  char32_t character = lead->bits;
  for (std::size_t at = 1; at < lead->length; ++at) {
    const auto byte = static_cast<unsigned char>(rest[at]);
    if ((byte & 0xC0U) != 0x80) return std::nullopt;
    character = (character << 6U) | (byte & 0x3FU);
  }
  if (character < lead->least || character > 0x10FFFF || between(character, 0xD800, 0xDFFF)) return std::nullopt;
  rest.remove_prefix(lead->length);
  return character;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    if (!take_character(text)) return false;
  }
  return true;
}

std::size_t count_characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::ranges::count_if(utf8, [](unsigned char c) { return (c & 0xC0U) != 0x80U; }));
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(2 * bytes.size());
  for (const char c : bytes) {
    out += kDigits[static_cast<unsigned char>(c) >> 4U];
    out += kDigits[static_cast<unsigned char>(c) & 15U];
  }
  return out;
}

bool is_invisible(char32_t character) {
  return character < 0x20 || between(character, 0x7F, 0x9F) || between(character, 0x200E, 0x200F) ||
         between(character, 0x2028, 0x202E) || between(character, 0x2066, 0x2069) || character == 0xFEFF ||
         (character & 0xFFFEU) == 0xFFFE;
}

std::string shown(std::string_view text, std::size_t longest) {
  constexpr std::string_view kPem = "-----BEGIN ";
  std::string out;
  for (std::size_t count = 0; !text.empty(); ++count) {
    if (count == longest || text.starts_with(kPem)) return out + "…";
    const auto before = text;
    const auto character = take_character(text);
    if (!character) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
      text.remove_prefix(1);
    } else if (is_invisible(*character)) {
      out += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(*character));
    } else {
      out += before.substr(0, before.size() - text.size());
    }
  }
  return out;
}

}  // namespace argos
