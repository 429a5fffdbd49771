// SPDX-License-Identifier: Apache-2.0
#include "manifests/scalar.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace argos {
namespace {

template <std::size_t N>
bool one_of(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::ranges::find(words, text) != words.end();
}

constexpr std::array<std::string_view, 5> kNull{"", "~", "null", "Null", "NULL"};
constexpr std::array<std::string_view, 3> kTrue{"true", "True", "TRUE"};
constexpr std::array<std::string_view, 3> kFalse{"false", "False", "FALSE"};
constexpr std::array<std::string_view, 3> kInfinite{".inf", ".Inf", ".INF"};
constexpr std::array<std::string_view, 3> kNotANumber{".nan", ".NaN", ".NAN"};

std::string_view without_sign(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  return text;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t take_digits(std::string_view& rest) {
  const auto end = std::ranges::find_if_not(rest, is_digit);
  const auto count = static_cast<std::size_t>(end - rest.begin());
  rest.remove_prefix(count);
  return count;
}

// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool is_decimal(std::string_view text) {
  auto rest = without_sign(text);
  const auto whole = take_digits(rest);
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    if (take_digits(rest) + whole == 0) return false;
  } else if (whole == 0) {
    return false;
  }
  if (rest.empty()) return true;
  if (rest.front() != 'e' && rest.front() != 'E') return false;
  rest = without_sign(rest.substr(1));
  return take_digits(rest) > 0 && rest.empty();
}

template <class Number>
std::optional<Number> whole_text(std::string_view text, int base) {
  Number number{};
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (bad != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<boost::json::value> integer(std::string_view digits, int base) {
  if (const auto number = whole_text<std::int64_t>(digits, base)) return boost::json::value(*number);
  if (const auto number = whole_text<std::uint64_t>(digits, base)) return boost::json::value(*number);
  return std::nullopt;
}

std::optional<boost::json::value> decimal(std::string_view text) {
  const auto digits = text.starts_with('+') ? text.substr(1) : text;
  if (std::ranges::all_of(without_sign(text), is_digit)) {
    if (auto whole = integer(digits, 10)) return whole;
  }
  double number = 0;
  const auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (bad != std::errc{} || end != digits.data() + digits.size() || !std::isfinite(number)) return std::nullopt;
  return boost::json::value(number);
}

// 0o17 and 0x1F. from_chars would take a sign after the prefix.
std::optional<std::pair<std::string_view, int>> prefixed(std::string_view text) {
  if (text.size() < 3 || text[0] != '0' || text[2] == '-') return std::nullopt;
  const int base = text[1] == 'x' ? 16 : 8;
  if (text[1] != 'x' && text[1] != 'o') return std::nullopt;
  const std::string_view allowed = base == 16 ? "0123456789abcdefABCDEF" : "01234567";
  const auto digits = text.substr(2);
  if (digits.find_first_not_of(allowed) != std::string_view::npos) return std::nullopt;
  return std::pair{digits, base};
}

}  // namespace

std::optional<boost::json::value> resolve_plain(std::string_view text) {
  if (one_of(text, kNull)) return boost::json::value(nullptr);
  if (one_of(text, kTrue)) return boost::json::value(true);
  if (one_of(text, kFalse)) return boost::json::value(false);
  if (one_of(text, kNotANumber) || one_of(without_sign(text), kInfinite)) return std::nullopt;
  if (const auto based = prefixed(text)) return integer(based->first, based->second);
  if (is_decimal(text)) return decimal(text);
  return boost::json::value(text);
}

}  // namespace argos
