// SPDX-License-Identifier: Apache-2.0
#include "cli/output.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "cli/app.hpp"
#include "manifests/manifest.hpp"
#include "model/text.hpp"

namespace argos {
namespace {

constexpr std::size_t kLongestCell = 400;

std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string_view colour_of(std::string_view cell) {
  if (cell == "True") return "\033[32m";
  if (cell == "False") return "\033[31m";
  if (cell == "Unknown") return "\033[33m";
  return {};
}

void pretty(const boost::json::value& value, const std::string& indent, std::string& out);

template <class Container, class Item>
void pretty_items(const Container& items, char open, char close, const std::string& indent, std::string& out, Item item) {
  if (items.empty()) {
    out += {open, close};
    return;
  }
  const std::string deeper = indent + "  ";
  out += open;
  for (auto at = items.begin(); at != items.end(); ++at) {
    out += (at == items.begin() ? "\n" : ",\n") + deeper;
    item(*at, deeper);
  }
  out += "\n" + indent + close;
}

void pretty(const boost::json::value& value, const std::string& indent, std::string& out) {
  if (const auto* const object = value.if_object()) {
    pretty_items(*object, '{', '}', indent, out, [&](const auto& field, const std::string& deeper) {
      out += boost::json::serialize(field.key()) + ": ";
      pretty(field.value(), deeper, out);
    });
  } else if (const auto* const list = value.if_array()) {
    pretty_items(*list, '[', ']', indent, out, [&](const auto& item, const std::string& deeper) { pretty(item, deeper, out); });
  } else {
    out += boost::json::serialize(value);
  }
}

const boost::json::array kNothing;

}  // namespace

std::string text_of(Format format, const boost::json::value& value) {
  if (format == Format::yaml) return to_yaml(value);
  std::string out;
  pretty(value, "", out);
  return out + "\n";
}

void print(Format format, const boost::json::value& value) { std::cout << text_of(format, value); }

void complain(std::string_view line) { std::cerr << "argos: " << shown(line, 2000) << "\n"; }

int fail(const Error& error) {
  complain(error.text());
  return kFailed;
}

int misused(const Error& error) {
  complain(error.text());
  return kUsage;
}

std::string Table::text(bool colours) const {
  std::vector<std::size_t> widths(rows_.front().size());
  std::vector<std::vector<std::string>> cells;
  for (const auto& row : rows_) {
    auto& out = cells.emplace_back();
    for (std::size_t at = 0; at < row.size(); ++at) {
      out.push_back(row[at].empty() ? "-" : shown(row[at], kLongestCell));
      widths[at] = std::max(widths[at], width(out.back()));
    }
  }
  std::string out;
  for (const auto& row : cells) {
    for (std::size_t at = 0; at < row.size(); ++at) {
      const auto colour = colours ? colour_of(row[at]) : std::string_view{};
      out += std::string(colour) + row[at] + (colour.empty() ? "" : "\033[0m");
      if (at + 1 < row.size()) out.append(widths[at] - width(row[at]) + 2, ' ');
    }
    out += "\n";
  }
  return out;
}

bool colours_wanted() { return ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr; }
void print(const Table& table) { std::cout << table.text(colours_wanted()); }

void print_list(Format format, const Table& table, boost::json::array items) {
  if (format == Format::table) return print(table);
  print(format, boost::json::object{{"items", std::move(items)}});
}

const boost::json::value* value_at(const boost::json::value& value, std::initializer_list<std::string_view> path) {
  const auto* at = &value;
  for (const auto& step : path) {
    const auto* const object = at->if_object();
    at = object == nullptr ? nullptr : object->if_contains(step);
    if (at == nullptr) return nullptr;
  }
  return at;
}

std::string text_at(const boost::json::value& value, std::initializer_list<std::string_view> path) {
  const auto* const found = value_at(value, path);
  if (found == nullptr || found->is_null()) return {};
  return found->is_string() ? std::string(found->get_string()) : boost::json::serialize(*found);
}

std::int64_t number_at(const boost::json::value& value, std::initializer_list<std::string_view> path) {
  const auto* const found = value_at(value, path);
  return found != nullptr && found->is_int64() ? found->get_int64() : 0;
}

const boost::json::array& list_at(const boost::json::value& value, std::initializer_list<std::string_view> path) {
  const auto* const found = value_at(value, path);
  return found != nullptr && found->is_array() ? found->get_array() : kNothing;
}

const boost::json::value* condition_at(const boost::json::array& conditions, std::string_view type) {
  const auto* const found = std::ranges::find_if(conditions, [&](const auto& one) { return text_at(one, {"type"}) == type; });
  return found == conditions.end() ? nullptr : found;
}

}  // namespace argos
