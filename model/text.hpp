// SPDX-License-Identifier: Apache-2.0
// Text from outside: is it UTF-8, and how may an error show it?
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace argos {

// Takes the first character off `rest`; nothing where `rest` is empty or does not start with well-formed UTF-8 (RFC 3629).
std::optional<char32_t> take_character(std::string_view& rest);

bool is_utf8(std::string_view text);
std::size_t count_characters(std::string_view utf8);

std::string lower(std::string_view text);  // ASCII's letters only
std::string to_hex(std::string_view bytes);  // lower-case digits

// Control characters of ASCII and Latin-1, line and paragraph separators, marks that turn the direction of writing, the byte
// order mark and the non-characters: nothing that a person would type on purpose. Tab and line ends are among them.
bool is_invisible(char32_t character);

// On one line and short enough for an error message: invisible characters are escaped, the rest after `longest` is cut.
// Of a PEM block nothing is shown: it may be a private key.
std::string shown(std::string_view text, std::size_t longest = 60);

}  // namespace argos
