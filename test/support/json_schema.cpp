// SPDX-License-Identifier: Apache-2.0
#include "test/support/json_schema.hpp"

#include <algorithm>
#include <array>
#include <regex>
#include <set>
#include <stdexcept>

namespace argos::test {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

bool is_of_type(const value& found, std::string_view type) {
  if (type == "string") return found.is_string();
  if (type == "integer") return found.is_int64() || found.is_uint64();
  if (type == "number") return found.is_number();
  if (type == "boolean") return found.is_bool();
  if (type == "array") return found.is_array();
  if (type == "object") return found.is_object();
  if (type == "null") return found.is_null();
  throw std::logic_error("no such type: " + std::string(type));
}

bool is_of_types(const value& found, const value& types) {
  if (types.is_string()) return is_of_type(found, types.get_string());
  return std::ranges::any_of(types.as_array(), [&](const value& type) { return is_of_type(found, type.as_string()); });
}

std::size_t pick(std::mt19937_64& random, std::size_t below) { return static_cast<std::size_t>(random() % below); }
bool once_in(std::mt19937_64& random, std::size_t times) { return pick(random, times) == 0; }

value something(std::mt19937_64& random) {
  switch (pick(random, 8)) {
    case 0: return nullptr;
    case 1: return pick(random, 2) == 0;
    case 2: return static_cast<std::int64_t>(random());
    case 3: return 1e308;
    case 4: return array{1, "two", nullptr};
    case 5: return object{{"a", 1}};
    default: return value(odd_text(random));
  }
}

value text_for(const object& schema, std::mt19937_64& random) {
  constexpr std::array<const char*, 16> kLikely{"app",        "app.example.com", "*.example.com",
                                                "auto",       "manual",          "admin",
                                                "viewer",     "operator",        "10s",
                                                "2xx",        "/health",         "Host",
                                                "1",          "internal",        "correct horse battery",
                                                "Certificate"};
  if (const auto* const samples = schema.if_contains("examples")) return samples->as_array().front();
  return once_in(random, 8) ? value(odd_text(random)) : value(kLikely.at(pick(random, kLikely.size())));
}

const std::set<std::string_view> kKnown{
    "$ref",  "type",    "const",     "enum",   "properties",  "required", "additionalProperties",
    "items", "pattern", "minLength", "format", "description", "default",  "examples",
    "title", "anyOf"};

}  // namespace

std::string odd_text(std::mt19937_64& random) {
  static const std::array<std::string, 14> kOdd{"",
                                                std::string(3, '\0'),
                                                std::string(5000, 'x'),
                                                "\xF0\x9F\x94\xA5",
                                                "'; DROP TABLE hosts; --",
                                                "../../etc/passwd",
                                                "<script>alert(1)</script>",
                                                "\r\nSet-Cookie: a=b",
                                                "%s%n%x",
                                                "{env.PATH}",
                                                "\xE2\x80\xAE"
                                                "abc",
                                                "-1",
                                                "9223372036854775808",
                                                "null"};
  return kOdd.at(pick(random, kOdd.size()));
}

const object& JsonSchemas::resolved(const value& schema) const {
  const object* out = &schema.as_object();
  while (const auto* const ref = out->if_contains("$ref")) {
    const std::string pointer(ref->as_string());
    out = &document_.at_pointer(pointer.substr(1)).as_object();
  }
  return *out;
}

std::vector<std::string> JsonSchemas::broken(const value& schema, const value& found, const std::string& path) const {
  const auto& rules = resolved(schema);
  for (const auto& rule : rules) {
    if (!kKnown.contains(rule.key())) throw std::logic_error("unknown keyword: " + std::string(rule.key()));
  }
  std::vector<std::string> out;
  const auto say = [&](const std::string& what) { out.push_back(path + ": " + what + ", found " + serialize(found)); };
  if (const auto* const types = rules.if_contains("type"); types != nullptr && !is_of_types(found, *types))
    say("wants " + serialize(*types));
  if (const auto* const one = rules.if_contains("const"); one != nullptr && *one != found) say("wants " + serialize(*one));
  if (const auto* const all = rules.if_contains("enum");
      all != nullptr && std::ranges::find(all->as_array(), found) == all->as_array().end())
    say("wants one of " + serialize(*all));
  if (const auto* const pattern = rules.if_contains("pattern"); pattern != nullptr && found.is_string()) {
    if (!std::regex_search(std::string(found.get_string()), std::regex(std::string(pattern->as_string()))))
      say("breaks the pattern");
  }
  if (const auto* const any = rules.if_contains("anyOf")) {
    const bool fits = std::ranges::any_of(any->as_array(), [&](const value& one) { return broken(one, found, path).empty(); });
    if (!fits) std::ranges::move(broken(any->as_array().front(), found, path), std::back_inserter(out));
  }
  if (const auto* const items = rules.if_contains("items"); items != nullptr && found.is_array()) {
    for (std::size_t at = 0; at < found.get_array().size(); ++at)
      std::ranges::move(broken(*items, found.get_array()[at], path + "[" + std::to_string(at) + "]"), std::back_inserter(out));
  }
  if (!found.is_object()) return out;
  if (const auto* const required = rules.if_contains("required")) {
    for (const auto& name : required->as_array())
      if (!found.get_object().contains(name.as_string())) say("lacks " + serialize(name));
  }
  const auto* const properties = rules.if_contains("properties");
  const auto* const others = rules.if_contains("additionalProperties");
  for (const auto& member : found.get_object()) {
    const std::string below = path + "." + std::string(member.key());
    if (const auto* const known = properties == nullptr ? nullptr : properties->as_object().if_contains(member.key())) {
      std::ranges::move(broken(*known, member.value(), below), std::back_inserter(out));
    } else if (others != nullptr && others->is_bool() && !others->get_bool()) {
      out.push_back(below + " is no field of the schema");
    } else if (others != nullptr && others->is_object()) {
      std::ranges::move(broken(*others, member.value(), below), std::back_inserter(out));
    }
  }
  return out;
}

value JsonSchemas::make(const value& schema, std::mt19937_64& random, int depth) const {
  constexpr int kDeepest = 8;
  const auto& rules = resolved(schema);
  if (once_in(random, 25) || depth > kDeepest) return something(random);
  if (const auto* const one = rules.if_contains("const")) return *one;
  if (const auto* const all = rules.if_contains("enum")) return all->as_array()[pick(random, all->as_array().size())];
  const auto* const types = rules.if_contains("type");
  if (types == nullptr) return something(random);
  const auto type =
      types->is_string() ? types->get_string() : types->as_array()[pick(random, types->as_array().size())].as_string();
  if (type == "string") return text_for(rules, random);
  if (type == "integer") return once_in(random, 10) ? value(static_cast<std::int64_t>(random())) : value(pick(random, 9000));
  if (type == "boolean") return pick(random, 2) == 0;
  if (type == "null") return nullptr;
  if (type == "array") {
    array out;
    const auto* const items = rules.if_contains("items");
    for (auto left = pick(random, 3); left > 0; --left)
      out.push_back(items == nullptr ? something(random) : make(*items, random, depth + 1));
    return out;
  }
  object out;
  const auto* const properties = rules.if_contains("properties");
  if (properties == nullptr) return out;
  for (const auto& member : properties->as_object()) {
    if (!once_in(random, 4)) out[member.key()] = make(member.value(), random, depth + 1);
  }
  if (once_in(random, 20)) out[odd_text(random)] = something(random);
  return out;
}

}  // namespace argos::test
