// SPDX-License-Identifier: Apache-2.0
#include "manifests/yaml.hpp"

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include <spdlog/fmt/fmt.h>

#include "manifests/composer.hpp"
#include "manifests/scalar.hpp"
#include "model/text.hpp"

namespace argos {
namespace {

constexpr std::size_t kMostText = 4U << 20U;  // bytes of scalars a document, aliases followed
constexpr std::size_t kMostDocuments = 20'000;

// ---- nodes -> JSON ---------------------------------------------------------------------------------------------------------

class Converter {
 public:
  explicit Converter(YamlDocument& document) : document_(document) {}

  boost::json::value convert(std::uint32_t index, std::size_t depth = 0) {
    const auto& node = document_.nodes[index];
    if (spent_ || !afford(node, depth)) return nullptr;
    switch (node.kind) {
      case YamlNode::Kind::quoted: return boost::json::string(node.text);
      case YamlNode::Kind::plain: return scalar(node);
      case YamlNode::Kind::alias: return convert(node.items.front(), depth);
      case YamlNode::Kind::list: return list(node, depth);
      case YamlNode::Kind::mapping: return mapping(node, depth);
    }
    return nullptr;
  }

 private:
  // Only aliases can run out of it: the text itself was measured before.
  bool afford(const YamlNode& node, std::size_t depth) {
    ++nodes_;
    text_ += node.text.size();
    if (nodes_ <= 2 * kMostYamlNodes && text_ <= kMostText && depth <= kDeepestYaml) return true;
    spent_ = true;
    error(node, "TooLarge", "aliases make this document far larger than its text", "write the values out");
    return false;
  }

  boost::json::value scalar(const YamlNode& node) {
    auto value = resolve_plain(node.text);
    if (value) return *value;
    error(node, "NotYaml", fmt::format("'{}' is not a number that can be used here", shown(node.text)),
          "put it in quotes if it is a text");
    return nullptr;
  }

  boost::json::value list(const YamlNode& node, std::size_t depth) {
    boost::json::array out;
    out.reserve(node.items.size());
    for (const auto item : node.items) out.push_back(convert(item, depth + 1));
    return out;
  }

  boost::json::value mapping(const YamlNode& node, std::size_t depth) {
    boost::json::object out;
    std::unordered_map<std::string_view, Position> first;
    for (std::size_t at = 0; at + 1 < node.items.size(); at += 2) {
      const auto& key = document_.nodes[node.items[at]];
      if (!usable(key)) continue;
      auto value = convert(node.items[at + 1], depth + 1);
      const auto [earlier, fresh] = first.emplace(key.text, key.at);
      if (!fresh) repeated(key, earlier->second);
      out[key.text] = fresh ? std::move(value) : nullptr;
    }
    return out;
  }

  void repeated(const YamlNode& key, Position earlier) {
    error(key, "RepeatedKey", fmt::format("'{}' is written twice here, first on line {}", shown(key.text), earlier.line),
          "keep one of them");
  }

  bool usable(const YamlNode& key) {
    const bool scalar = key.kind == YamlNode::Kind::plain || key.kind == YamlNode::Kind::quoted;
    if (!scalar || (key.kind == YamlNode::Kind::plain && key.text.empty())) {
      error(key, "NotYaml", "a key must be a word",
            "check the ':' and the indentation; quote texts that start with '{', '[' or '*'");
    } else if (key.kind == YamlNode::Kind::plain && key.text == "<<") {
      error(key, "NotYaml", "merge keys ('<<') are not known here", "write the fields out");
    } else {
      return true;
    }
    return false;
  }

  void error(const YamlNode& node, std::string reason, std::string message, std::string hint) {
    document_.errors.push_back({node.at, std::move(reason), std::move(message), std::move(hint)});
  }

  YamlDocument& document_;
  std::size_t nodes_ = 0;
  std::size_t text_ = 0;
  bool spent_ = false;
};

// ---- text -> documents -----------------------------------------------------------------------------------------------------

// What no YAML text holds. yaml-cpp takes the byte 0x04 for the end of the text, so this is no formality.
std::optional<YamlError> bad_character(std::string_view text) {
  Position at{1, 1};
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view before = rest;
    const auto character = take_character(rest);
    if (!character) {
      return YamlError{at, "NotUtf8", fmt::format("not UTF-8 (the byte 0x{:02x})", static_cast<unsigned char>(before.front())),
                       "save the file as UTF-8"};
    }
    const bool line_end = *character == '\n' || (*character == '\r' && rest.starts_with('\n'));
    if (!line_end && *character != '\t' && is_invisible(*character)) {
      return YamlError{
          at, "ControlCharacter", fmt::format("an invisible character (U+{:04X})", static_cast<std::uint32_t>(*character)),
          *character == '\r' ? "save the file with Unix line ends" : "delete it, or write it as an escape in double quotes"};
    }
    at = *character == '\n' ? Position{at.line + 1, 1} : Position{at.line, at.column + 1};
  }
  return std::nullopt;
}

YamlDocument read_document(std::string_view text, int first_line) {
  YamlDocument document;
  if (compose(text, first_line, document) && !document.nodes.empty()) document.value = Converter(document).convert(0);
  return document;
}

bool is_marker(std::string_view line, std::string_view marker) {
  return line.starts_with(marker) && (line.size() == 3 || line[3] == ' ' || line[3] == '\t' || line[3] == '\r');
}

bool is_empty(const YamlDocument& document) {
  return document.errors.empty() && (!document.value || document.value->is_null());
}

}  // namespace

std::vector<YamlDocument> read_yaml(std::string_view text) {
  std::vector<YamlDocument> documents;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (auto bad = bad_character(text)) {
    documents.emplace_back().errors.push_back(std::move(*bad));
    return documents;
  }
  int line_number = 1;
  int first_line = 1;
  std::size_t first = 0;
  const auto take = [&](std::size_t end, int next_line) {
    auto document = read_document(text.substr(first, end - first), first_line);
    if (!is_empty(document)) documents.push_back(std::move(document));
    first = end;
    first_line = next_line;
  };
  for (std::size_t at = 0; at < text.size(); ++line_number) {
    const auto end = std::min(text.find('\n', at), text.size() - 1) + 1;
    const auto line = text.substr(at, end - at - (text[end - 1] == '\n' ? 1 : 0));
    if (documents.size() >= kMostDocuments) {
      documents.back().errors.push_back(
          {{line_number, 1}, "TooLarge", fmt::format("more than {} documents in one file", kMostDocuments), "split it"});
      documents.back().value.reset();
      return documents;
    }
    if (is_marker(line, "---") && at > first) take(at, line_number);
    if (is_marker(line, "...")) take(end, line_number + 1);
    at = end;
  }
  if (first < text.size()) take(text.size(), line_number);
  return documents;
}

// ---- paths -> places -------------------------------------------------------------------------------------------------------

namespace {

// Takes "[7]" off the front of `path`.
std::optional<std::size_t> take_index(std::string_view& path) {
  std::size_t index = 0;
  const auto close = path.find(']');
  if (!path.starts_with('[') || close == std::string_view::npos) return std::nullopt;
  const auto [end, bad] = std::from_chars(path.data() + 1, path.data() + close, index);
  if (bad != std::errc{} || end != path.data() + close) return std::nullopt;
  path.remove_prefix(close + 1);
  return index;
}

bool starts_with_field(std::string_view path, std::string_view name) {
  return path.starts_with(name) && (path.size() == name.size() || path[name.size()] == '.' || path[name.size()] == '[');
}

// Which of a mapping's keys `path` starts with. Keys may have dots in them: the longest one is meant.
std::optional<std::size_t> key_in(const std::vector<YamlNode>& nodes, const YamlNode& mapping, std::string_view path) {
  std::optional<std::size_t> best;
  for (std::size_t at = 0; at + 1 < mapping.items.size(); at += 2) {
    const auto& name = nodes[mapping.items[at]].text;
    if (starts_with_field(path, name) && (!best || name.size() > nodes[mapping.items[*best]].text.size())) best = at;
  }
  return best;
}

}  // namespace

Position YamlDocument::find(std::string_view path, bool want_key) const {
  if (nodes.empty()) return start();
  const auto followed = [&](std::uint32_t index) {
    const auto& node = nodes[index];
    return node.kind == YamlNode::Kind::alias ? &nodes[node.items.front()] : &node;
  };
  const YamlNode* node = followed(0);
  Position key = node->at;
  while (!path.empty()) {
    if (path.front() == '.') path.remove_prefix(1);
    if (node->kind == YamlNode::Kind::list) {
      const auto index = take_index(path);
      if (!index || *index >= node->items.size()) return key;
      node = followed(node->items[*index]);
      key = node->at;
      continue;
    }
    const auto found = node->kind == YamlNode::Kind::mapping ? key_in(nodes, *node, path) : std::nullopt;
    if (!found) return key;
    const auto& name = nodes[node->items[*found]];
    key = name.at;
    path.remove_prefix(name.text.size());
    node = followed(node->items[*found + 1]);
  }
  const bool no_value = node->kind == YamlNode::Kind::plain && node->text.empty();
  return want_key || no_value ? key : node->at;
}

}  // namespace argos
