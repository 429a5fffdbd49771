// SPDX-License-Identifier: Apache-2.0
#include "model/canonical_json.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include <boost/json.hpp>
#include <spdlog/fmt/fmt.h>

namespace argos {
namespace {

void put(std::string& out, const boost::json::value& value);

void put_number(std::string& out, double number) {
  constexpr double kExact = 9007199254740992.0;  // 2^53
  if (std::abs(number) <= kExact && number == std::trunc(number)) {
    fmt::format_to(std::back_inserter(out), "{}", static_cast<std::int64_t>(number));
  } else {
    fmt::format_to(std::back_inserter(out), "{:.17g}", number);
  }
}

bool is_plain(char c) { return c >= ' ' && c != '"' && c != '\\' && c != '\x7f'; }

void put_string(std::string& out, boost::json::string_view text) {
  if (!std::ranges::all_of(text, is_plain)) {
    out += boost::json::serialize(text);
    return;
  }
  out += '"';
  out += text;
  out += '"';
}

void put_array(std::string& out, const boost::json::array& array) {
  out += '[';
  for (std::size_t at = 0; at < array.size(); ++at) {
    if (at != 0) out += ',';
    put(out, array[at]);
  }
  out += ']';
}

void put_object(std::string& out, const boost::json::object& object) {
  std::vector<const boost::json::key_value_pair*> members;
  members.reserve(object.size());
  for (const auto& member : object) members.push_back(&member);
  std::ranges::sort(members, {}, [](const auto* member) { return member->key(); });
  out += '{';
  for (std::size_t at = 0; at < members.size(); ++at) {
    if (at != 0) out += ',';
    put_string(out, members[at]->key());
    out += ':';
    put(out, members[at]->value());
  }
  out += '}';
}

void put(std::string& out, const boost::json::value& value) {
  switch (value.kind()) {
    case boost::json::kind::null: out += "null"; break;
    case boost::json::kind::bool_: out += value.get_bool() ? "true" : "false"; break;
    case boost::json::kind::string: put_string(out, value.get_string()); break;
    case boost::json::kind::array: put_array(out, value.get_array()); break;
    case boost::json::kind::object: put_object(out, value.get_object()); break;
    default: put_number(out, value.to_number<double>());
  }
}

}  // namespace

std::string canonical_json(const boost::json::value& value) {
  std::string out;
  put(out, value);
  return out;
}

std::string fnv1a_hex(std::string_view bytes) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char byte : bytes) {
    hash ^= static_cast<unsigned char>(byte);
    hash *= 1099511628211ULL;
  }
  return fmt::format("{:016x}", hash);
}

}  // namespace argos
