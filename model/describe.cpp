// SPDX-License-Identifier: Apache-2.0
#include "model/describe.hpp"

#include <algorithm>
#include <cctype>

#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include "model/text.hpp"

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

// A value as an error may show it. Lists and mappings are only named: they may hold what nobody should read.
std::string described(const boost::json::value& value) {
  const auto type = type_name(value);
  if (value.is_string()) return fmt::format("{} '{}'", type, shown(value.get_string()));
  if (value.is_double()) return fmt::format("{} {}", type, value.get_double());
  if (value.is_primitive() && !value.is_null()) return fmt::format("{} {}", type, boost::json::serialize(value));
  return std::string(type);
}

}  // namespace

std::string_view type_name(const boost::json::value& value) {
  switch (value.kind()) {
    case boost::json::kind::null: return "nothing";
    case boost::json::kind::bool_: return "the word";
    case boost::json::kind::string: return "a text";
    case boost::json::kind::array: return "a list";
    case boost::json::kind::object: return "a mapping";
    default: return "a number";
  }
}

void wrong_type(FieldErrors& errors, std::string path, std::string_view wanted, const boost::json::value& found) {
  if (found.is_null()) {
    errors.push_back({std::move(path), "WrongType", "has no value", fmt::format("write {}, or take the line out", wanted)});
    return;
  }
  const bool quotable = wanted == "a text" && (found.is_number() || found.is_bool());
  errors.push_back({std::move(path), "WrongType", fmt::format("must be {}, found {}", wanted, described(found)),
                    quotable ? "put it in quotes" : ""});
}

void bad_number(FieldErrors& errors, std::string path, const boost::json::value& found) {
  if (found.is_double()) return wrong_type(errors, std::move(path), "a whole number", found);
  errors.push_back({std::move(path), "OutOfRange", fmt::format("{} is out of range", boost::json::serialize(found)), ""});
}

void unknown_field(FieldErrors& errors, const std::string& path, std::string_view name, const std::vector<std::string>& known) {
  constexpr std::size_t kLongestName = 40;  // what is longer may be a key that slipped into the wrong place
  const auto told = name.size() <= kLongestName ? shown(name) : fmt::format("(a name of {} characters)", name.size());
  errors.push_back({join(path, told), "Unknown", "is not a field here", did_you_mean(name, known)});
}

void unknown_value(FieldErrors& errors, std::string path, std::string_view found, const std::vector<std::string>& known) {
  errors.push_back(
      {std::move(path), "Unknown", fmt::format("'{}' is not known here", shown(found)), did_you_mean(found, known)});
}

std::string join(const std::string& path, std::string_view field) {
  return path.empty() ? std::string(field) : path + "." + std::string(field);
}

}  // namespace detail
}  // namespace argos
