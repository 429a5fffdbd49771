// SPDX-License-Identifier: Apache-2.0
// What a command prints: tables for people, JSON and YAML for programs, one line for an error.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "model/error.hpp"

namespace argos {

enum class Format { table, json, yaml };

// JSON indented, or YAML. Not for Format::table.
std::string text_of(Format format, const boost::json::value& value);
void print(Format format, const boost::json::value& value);

// One line on stderr, with what to do. The exit status: kFailed.
int fail(const Error& error);
int misused(const Error& error);  // the same for what was typed or configured wrongly: kUsage
void complain(std::string_view line);  // "argos: " and the line, on stderr

// Columns as wide as their widest cell; control characters of cells are shown, never sent to the terminal.
class Table {
 public:
  explicit Table(std::vector<std::string> header) { rows_.push_back(std::move(header)); }
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.size() == 1; }
  // True, False and Unknown are coloured on a terminal.
  std::string text(bool colours) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};
void print(const Table& table);
void print_list(Format format, const Table& table, boost::json::array items);  // the one or {"items": […]}
bool colours_wanted();  // stdout is a terminal, and NO_COLOR is not set

// Reading answers without throwing: what is not there is empty.
const boost::json::value* value_at(const boost::json::value& value, std::initializer_list<std::string_view> path);
std::string text_at(const boost::json::value& value, std::initializer_list<std::string_view> path);
std::int64_t number_at(const boost::json::value& value, std::initializer_list<std::string_view> path);
const boost::json::array& list_at(const boost::json::value& value, std::initializer_list<std::string_view> path);

// An object's or a controller's condition of that type; null where there is none.
const boost::json::value* condition_at(const boost::json::array& conditions, std::string_view type);

}  // namespace argos
