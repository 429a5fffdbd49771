// SPDX-License-Identifier: Apache-2.0
#include "model/pretty_json.hpp"

#include <algorithm>
#include <vector>

#include <boost/json.hpp>

namespace argos {
namespace {

void write(const boost::json::value& value, std::size_t depth, std::string& out);

template <class Items, class WriteOne>
void write_all(const Items& items, char open, char close, std::size_t depth, std::string& out, WriteOne write_one) {
  out += open;
  bool first = true;
  for (const auto& item : items) {
    out += (first ? "\n" : ",\n") + std::string(2 * (depth + 1), ' ');
    first = false;
    write_one(item);
  }
  if (!first) out += "\n" + std::string(2 * depth, ' ');
  out += close;
}

void write(const boost::json::value& value, std::size_t depth, std::string& out) {
  if (value.is_array()) {
    write_all(value.get_array(), '[', ']', depth, out, [&](const auto& item) { write(item, depth + 1, out); });
    return;
  }
  if (!value.is_object()) {
    out += boost::json::serialize(value);
    return;
  }
  std::vector<const boost::json::key_value_pair*> members;
  for (const auto& member : value.get_object()) members.push_back(&member);
  std::ranges::sort(members, {}, [](const auto* member) { return member->key(); });
  write_all(members, '{', '}', depth, out, [&](const auto* member) {
    out += boost::json::serialize(member->key()) + ": ";
    write(member->value(), depth + 1, out);
  });
}

}  // namespace

std::string pretty_json(const boost::json::value& value) {
  std::string out;
  write(value, 0, out);
  return out + "\n";
}

}  // namespace argos
