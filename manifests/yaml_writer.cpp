// SPDX-License-Identifier: Apache-2.0
// JSON values -> YAML that people like to read.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <spdlog/fmt/fmt.h>

#include "manifests/scalar.hpp"
#include "manifests/yaml.hpp"
#include "model/text.hpp"

namespace argos {
namespace {

bool has_invisible(std::string_view text, std::string_view except) {
  while (!text.empty()) {
    const char first = text.front();
    const auto character = take_character(text);
    if (!character || (is_invisible(*character) && except.find(first) == std::string_view::npos)) return true;
  }
  return false;
}

// Narrower than YAML: what is a text to every reader, YAML 1.1 ones too, without any thought.
bool may_be_plain(std::string_view text) {
  static constexpr std::array<std::string_view, 8> kWords{"y", "n", "yes", "no", "on", "off", "true", "false"};
  if (text.empty() || text.size() > 200 || text.front() == ' ' || text.back() == ' ' || has_invisible(text, "")) return false;
  if (std::string_view("-?:,[]{}#&*!|>'\"%@`~.=<+").find(text.front()) != std::string_view::npos) return false;
  if (text.find(": ") != std::string_view::npos || text.find(" #") != std::string_view::npos || text.ends_with(':'))
    return false;
  if (text.find_first_of("{}[],") != std::string_view::npos) return false;
  if (text.front() >= '0' && text.front() <= '9' && text.find_first_of(":_-") != std::string_view::npos)
    return false;  // times, dates
  std::string lowered(text);
  for (char& c : lowered) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  if (std::ranges::find(kWords, lowered) != kWords.end()) return false;
  const auto value = resolve_plain(text);
  return value && value->is_string();
}

// Several lines without blanks at either end of one, so that nothing about them is in doubt.
bool may_be_literal(std::string_view text) {
  if (text.find('\n') == std::string_view::npos || has_invisible(text, "\n")) return false;
  if (text.front() == '\n' || text.ends_with("\n\n")) return false;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    if (end > at && (text[at] == ' ' || text[end - 1] == ' ')) return false;
    at = end + 1;
  }
  return true;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const auto before = text;
    const auto character = take_character(text).value_or(0xFFFD);
    if (before.size() == text.size()) text.remove_prefix(1);  // not UTF-8
    switch (character) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\t': out += "\\t"; break;
      case '\r': out += "\\r"; break;
      case 0xFFFD: out += "\uFFFD"; break;
      default:
        if (!is_invisible(character)) {
          out += before.substr(0, before.size() - text.size());
        } else if (character > 0xFFFF) {
          out += fmt::format("\\U{:08x}", static_cast<std::uint32_t>(character));
        } else {
          out += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(character));
        }
    }
  }
  return out + '"';
}

std::string number(double value) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  std::string out(buffer.data(), end);
  if (out.find_first_of(".en") == std::string::npos) out += ".0";  // stays a fraction
  return out;
}

class Writer {
 public:
  // What stands after "key:" or "-", up to and with the line end. `inner` is the indentation of what lies within.
  void after_key(const boost::json::value& value, std::size_t inner) {
    if (value.is_object() && !value.get_object().empty()) {
      out_ += '\n';
      mapping(value.get_object(), inner, true);
    } else if (value.is_array() && !value.get_array().empty()) {
      out_ += '\n';
      list(value.get_array(), inner, true);
    } else {
      out_ += ' ';
      scalar(value, inner);
    }
  }
  void after_dash(const boost::json::value& value, std::size_t inner) {
    out_ += ' ';
    if (value.is_object() && !value.get_object().empty()) {
      mapping(value.get_object(), inner, false);
    } else if (value.is_array() && !value.get_array().empty()) {
      list(value.get_array(), inner, false);
    } else {
      scalar(value, inner);
    }
  }
  void root(const boost::json::value& value) {
    if (value.is_object() && !value.get_object().empty()) {
      mapping(value.get_object(), 0, true);
    } else if (value.is_array() && !value.get_array().empty()) {
      list(value.get_array(), 0, true);
    } else {
      scalar(value, 2);
    }
  }
  std::string take() { return std::move(out_); }

 private:
  void mapping(const boost::json::object& object, std::size_t indent, bool indent_first) {
    for (const auto& item : object) {
      if (indent_first) out_.append(indent, ' ');
      indent_first = true;
      out_ += may_be_plain(item.key()) ? std::string(item.key()) : quoted(item.key());
      out_ += ':';
      after_key(item.value(), indent + 2);
    }
  }
  void list(const boost::json::array& array, std::size_t indent, bool indent_first) {
    for (const auto& item : array) {
      if (indent_first) out_.append(indent, ' ');
      indent_first = true;
      out_ += '-';
      after_dash(item, indent + 2);
    }
  }
  void scalar(const boost::json::value& value, std::size_t inner) {
    if (value.is_string()) return text(value.get_string(), inner);
    if (value.is_double()) {
      out_ += number(value.get_double());
    } else {
      out_ += boost::json::serialize(value);  // null, true, 7, [], {}
    }
    out_ += '\n';
  }
  void text(std::string_view value, std::size_t inner) {
    if (!may_be_literal(value)) {
      out_ += may_be_plain(value) ? std::string(value) : quoted(value);
      out_ += '\n';
      return;
    }
    out_ += value.ends_with('\n') ? "|\n" : "|-\n";
    for (std::size_t at = 0; at < value.size();) {
      const auto end = std::min(value.find('\n', at), value.size());
      if (end > at) out_.append(inner, ' ').append(value.substr(at, end - at));
      out_ += '\n';
      at = end + 1;
    }
  }

  std::string out_;
};

}  // namespace

std::string to_yaml(const boost::json::value& value) {
  Writer writer;
  writer.root(value);
  return writer.take();
}

}  // namespace argos
