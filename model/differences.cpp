// SPDX-License-Identifier: Apache-2.0
#include "model/differences.hpp"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

namespace argos {
namespace {

using Value = boost::json::value;

// A place at which they differ, and what differs within it.
struct Place {
  std::string segment;
  const Value* wanted = nullptr;
  const Value* found = nullptr;
  std::vector<Place> within;
  bool opened = false;  // what is within it is told instead of it
};

// Through a double, as Caddy keeps them.
bool equal_numbers(const Value& one, const Value& other) {
  return one.is_number() && other.is_number() && one.to_number<double>() == other.to_number<double>();
}

bool equal(const Value& one, const Value& other) {
  if (one.is_object() && other.is_object()) {
    const auto& found = other.get_object();
    return one.get_object().size() == found.size() && std::ranges::all_of(one.get_object(), [&](const auto& member) {
             const auto* const there = found.if_contains(member.key());
             return there != nullptr && equal(member.value(), *there);
           });
  }
  if (one.is_array() && other.is_array()) return std::ranges::equal(one.get_array(), other.get_array(), equal);
  return equal_numbers(one, other) || one == other;
}

std::optional<Place> compare(const Value& wanted, const Value& found);

class Comparison {
 public:
  std::vector<Place> of(const boost::json::object& wanted, const boost::json::object& found) {
    std::size_t shared = 0;
    for (const auto& member : wanted) {
      const auto* const there = found.if_contains(member.key());
      if (there != nullptr) ++shared;
      add(pointer_segment(member.key()), &member.value(), there);
    }
    if (shared == 0) return {};
    for (const auto& member : found) {
      if (!wanted.contains(member.key())) add(pointer_segment(member.key()), nullptr, &member.value());
    }
    return std::move(places_);
  }

  std::vector<Place> of(const boost::json::array& wanted, const boost::json::array& found) {
    if (wanted.empty() || found.empty()) return {};
    const std::size_t shorter = std::min(wanted.size(), found.size());
    std::size_t before = 0, after = 0;  // how many are equal from the front, from the back
    if (wanted.size() != found.size()) {
      while (before < shorter && equal(wanted[before], found[before])) ++before;
      while (before + after < shorter && equal(wanted[wanted.size() - 1 - after], found[found.size() - 1 - after])) ++after;
    }
    const std::size_t wanted_end = wanted.size() - after, found_end = found.size() - after;
    for (std::size_t at = before; at < std::max(wanted_end, found_end); ++at) {
      add(std::to_string(at), at < wanted_end ? &wanted[at] : nullptr, at < found_end ? &found[at] : nullptr);
    }
    return std::move(places_);
  }

 private:
  void add(std::string segment, const Value* wanted, const Value* found) {
    std::optional<Place> place = Place{{}, wanted, found, {}};
    if (wanted != nullptr && found != nullptr) place = compare(*wanted, *found);
    if (!place) return;
    place->segment = std::move(segment);
    places_.push_back(std::move(*place));
  }
  std::vector<Place> places_;
};

// None where they are equal.
std::optional<Place> compare(const Value& wanted, const Value& found) {
  Place place{{}, &wanted, &found, {}};
  if (wanted.is_object() && found.is_object()) {
    const auto& one = wanted.get_object();
    const auto& other = found.get_object();
    if (one.empty() && other.empty()) return std::nullopt;
    place.within = Comparison().of(one, other);
    const bool share = std::ranges::any_of(one, [&](const auto& member) { return other.contains(member.key()); });
    if (place.within.empty() && share) return std::nullopt;
    return place;
  }
  if (wanted.is_array() && found.is_array()) {
    const auto& one = wanted.get_array();
    const auto& other = found.get_array();
    place.within = Comparison().of(one, other);
    if (place.within.empty() && one.empty() == other.empty()) return std::nullopt;
    return place;
  }
  if (equal_numbers(wanted, found) || wanted == found) return std::nullopt;
  return place;
}

// Breadth first: what is further out is told apart before what is further in.
void open_places(Place& root, std::size_t at_most) {
  std::size_t told = 1;
  std::deque<Place*> waiting{&root};
  for (; !waiting.empty(); waiting.pop_front()) {
    Place& place = *waiting.front();
    if (place.within.empty() || told - 1 + place.within.size() > at_most) continue;
    place.opened = true;
    told += place.within.size() - 1;
    for (auto& inner : place.within) waiting.push_back(&inner);
  }
}

void collect(const Place& place, const std::string& path, std::vector<Difference>& into) {
  if (!place.opened) {
    into.push_back({path, place.wanted, place.found});
    return;
  }
  for (const auto& inner : place.within) collect(inner, path + "/" + inner.segment, into);
}

}  // namespace

std::vector<Difference> differences(const Value& wanted, const Value& found, std::size_t at_most) {
  std::vector<Difference> out;
  auto root = compare(wanted, found);
  if (!root) return out;
  open_places(*root, at_most);
  collect(*root, "", out);
  return out;
}

std::string pointer_segment(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace argos
