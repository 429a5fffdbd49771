// SPDX-License-Identifier: Apache-2.0
// YAML text <-> JSON values, with the place in the text of each. Not all of YAML: see docs of read_yaml.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

namespace argos {

struct Position {
  int line = 0;    // from 1
  int column = 0;  // from 1, in characters

  auto operator<=>(const Position&) const = default;
};

struct YamlError {
  Position at;
  std::string reason;  // NotYaml, NotUtf8, TooLarge, RepeatedKey, Tab, ControlCharacter
  std::string message;
  std::string hint;
};

// A value as it was written. Kept beside the JSON because JSON has no places.
struct YamlNode {
  enum class Kind { plain, quoted, list, mapping, alias };
  Kind kind = Kind::plain;
  Position at;
  std::string text;                  // a scalar's
  std::vector<std::uint32_t> items;  // a list's; a mapping's keys and values in turn; an alias' one target
};

struct YamlDocument {
  std::optional<boost::json::value> value;  // nothing: it could not be read. A repeated key has the value null
  std::vector<YamlError> errors;
  std::vector<YamlNode> nodes;  // the first one is the root

  Position start() const { return nodes.empty() ? Position{1, 1} : nodes.front().at; }
  // Where the value of "spec.targets[0].port" stands, or its key; where there is no such field: the nearest one around it.
  Position value_at(std::string_view path) const { return find(path, false); }
  Position key_at(std::string_view path) const { return find(path, true); }

 private:
  Position find(std::string_view path, bool want_key) const;
};

// Every document that is not empty. One that is broken leaves the others whole: `---` at the start of a line always begins a new
// one. Plain scalars follow the core schema of YAML 1.2 (`no` is a text). Refused: tags, merge keys, keys that are not scalars,
// repeated keys, control characters, more than 32 levels, aliases that make a document much larger than its text.
// Ends for every text, never throws anything but std::bad_alloc, holds memory in proportion to the text.
std::vector<YamlDocument> read_yaml(std::string_view text);

// One document without `---`, that read_yaml reads back as the same value. Mappings keep their order.
std::string to_yaml(const boost::json::value& value);

}  // namespace argos
