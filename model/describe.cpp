// SPDX-License-Identifier: Apache-2.0
#include "model/describe.hpp"

#include <algorithm>
#include <cctype>

#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

namespace argos {

std::string camel_case(std::string_view snake) {
  std::string out;
  bool raise = false;
  for (const char c : snake) {
    if (c == '_') {
      raise = true;
    } else {
      out += raise ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
      raise = false;
    }
  }
  return out;
}

std::string to_string(const FieldErrors& errors) {
  std::string out;
  for (const auto& error : errors) {
    if (!out.empty()) out += "; ";
    out += error.path + ": " + error.message;
    if (!error.hint.empty()) out += " (" + error.hint + ")";
  }
  return out;
}

namespace detail {
namespace {

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
  const std::vector<std::string_view> candidates(known.begin(), known.end());
  if (const auto close = nearest(word, candidates)) return fmt::format("did you mean {}?", *close);
  return fmt::format("known: {}", fmt::join(known, ", "));
}

// A value as an error may show it: short, on one line.
std::string shown(const boost::json::value& value) {
  std::string text = boost::json::serialize(value);
  constexpr std::size_t kLongest = 60;
  if (text.size() > kLongest) text = text.substr(0, kLongest) + "…";
  return text;
}

}  // namespace

std::string_view type_name(const boost::json::value& value) {
  switch (value.kind()) {
    case boost::json::kind::null: return "nothing";
    case boost::json::kind::bool_: return "true or false";
    case boost::json::kind::string: return "a text";
    case boost::json::kind::array: return "a list";
    case boost::json::kind::object: return "a mapping";
    default: return "a number";
  }
}

void wrong_type(FieldErrors& errors, std::string path, std::string_view wanted, const boost::json::value& found) {
  const bool quotable = wanted == "a text" && (found.is_number() || found.is_bool());
  errors.push_back({std::move(path), "WrongType", fmt::format("must be {}, found {} {}", wanted, type_name(found), shown(found)),
                    quotable ? "put it in quotes" : ""});
}

void unknown_field(FieldErrors& errors, const std::string& path, std::string_view name, const std::vector<std::string>& known) {
  errors.push_back({join(path, name), "Unknown", "is not a field here", did_you_mean(name, known)});
}

void unknown_value(FieldErrors& errors, std::string path, std::string_view found, const std::vector<std::string>& known) {
  errors.push_back({std::move(path), "Unknown", fmt::format("'{}' is not known here", found), did_you_mean(found, known)});
}

std::string join(const std::string& path, std::string_view field) {
  return path.empty() ? std::string(field) : path + "." + std::string(field);
}

}  // namespace detail
}  // namespace argos
