// SPDX-License-Identifier: Apache-2.0
#include "manifests/yaml.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <sstream>
#include <unordered_map>

#include <spdlog/fmt/fmt.h>

#include "manifests/scalar.hpp"
#include "model/text.hpp"

namespace argos {
namespace {

constexpr std::size_t kDeepest = 32;         // Boost.JSON reads no deeper either
constexpr std::size_t kMostNodes = 200'000;  // a document, aliases followed
constexpr std::size_t kMostText = 4U << 20U; // bytes of scalars a document, aliases followed
constexpr std::size_t kMostDocuments = 20'000;

// ---- places ----------------------------------------------------------------------------------------------------------------

// yaml-cpp counts lines from 0 within a document and columns in bytes; people count from 1 in the file, and in characters.
class Places {
 public:
  Places(std::string_view text, int first_line) : text_(text), first_line_(first_line) {
    starts_.push_back(0);
    for (auto at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) starts_.push_back(at + 1);
    last_ = static_cast<int>(starts_.size()) - 1;
    while (last_ > 0 && line(last_).empty()) --last_;
  }

  // Past the end is the end of the last line that says anything.
  Position at(const YAML::Mark& mark) {
    if (mark.is_null()) return place(0, 0);
    if (mark.line > last_) return place(last_, std::numeric_limits<int>::max());
    return place(mark.line, mark.column);
  }

  // The white space before a line's first word has a tab in it, and that word is the one at the mark.
  bool indented_by_tab(const YAML::Mark& mark) const {
    if (mark.is_null()) return false;
    const auto before = line(mark.line).substr(0, static_cast<std::size_t>(std::max(mark.column, 0)));
    return before.find_first_not_of(" \t") == std::string_view::npos && before.find('\t') != std::string_view::npos;
  }
  bool line_starts_with_tab(const YAML::Mark& mark) const {
    const auto words = line(mark.line);
    return words.substr(0, words.find_first_not_of(" \t")).find('\t') != std::string_view::npos;
  }
  std::string_view line(int number) const {
    const auto index = static_cast<std::size_t>(std::clamp(number, 0, static_cast<int>(starts_.size()) - 1));
    return text_.substr(starts_[index], text_.find('\n', starts_[index]) - starts_[index]);
  }

 private:
  // Most marks are near the one before, so the count of characters goes on from there: a long line costs no more than a short one.
  Position place(int line_number, int column) {
    const auto bytes = static_cast<std::size_t>(std::max(column, 0));
    if (line_number != last_line_) {
      last_line_ = line_number;
      last_bytes_ = last_characters_ = 0;
      last_text_ = line(line_number);
    }
    const auto starts_character = [&](std::size_t at) { return (static_cast<unsigned char>(last_text_[at]) & 0xC0U) != 0x80; };
    const auto target = std::min(bytes, last_text_.size());
    for (; last_bytes_ < target; ++last_bytes_) last_characters_ += starts_character(last_bytes_) ? 1 : 0;
    for (; last_bytes_ > target; --last_bytes_) last_characters_ -= starts_character(last_bytes_ - 1) ? 1 : 0;
    return {first_line_ + line_number, last_characters_ + 1};
  }

  std::string_view text_;
  int first_line_;
  std::vector<std::size_t> starts_;
  int last_ = 0;
  int last_line_ = -1;
  std::size_t last_bytes_ = 0;
  int last_characters_ = 0;
  std::string_view last_text_;
};

// ---- what yaml-cpp says, for people ----------------------------------------------------------------------------------------

struct Saying {
  std::string_view theirs, ours, hint;
};

const auto& sayings() {
  namespace theirs = YAML::ErrorMsg;
  static const std::array kSayings{
      Saying{theirs::MAP_VALUE, "a ':' where no mapping can start",
             "check the indentation, and quote texts that have ': ' in them"},
      Saying{theirs::MAP_KEY, "a key where no mapping can start", "check the indentation"},
      Saying{theirs::BLOCK_ENTRY, "a '-' where no list can start", "check the indentation"},
      Saying{theirs::END_OF_MAP_FLOW, "a '{' is not closed, or a ',' is missing",
             "quote texts that have '{', '}' or ',' in them"},
      Saying{theirs::END_OF_SEQ_FLOW, "a '[' is not closed, or a ',' is missing",
             "quote texts that have '[', ']' or ',' in them"},
      Saying{theirs::END_OF_MAP, "this does not belong to the mapping above it",
             "check the indentation, and that each key has a ':'"},
      Saying{theirs::END_OF_SEQ, "this does not belong to the list above it",
             "check the indentation, and that each item has a '-'"},
      Saying{theirs::FLOW_END, "a '}' or ']' that nothing opened", "quote texts that have such characters in them"},
      Saying{theirs::DOC_IN_SCALAR, "a quotation mark here or below is never closed", "close it on the same line"},
      Saying{theirs::UNKNOWN_TOKEN, "no value can start with this character", "quote the text"},
      Saying{theirs::UNKNOWN_ANCHOR, "an alias for something that was not named before", "quote the text if it is no alias"},
      Saying{theirs::CHAR_IN_ALIAS, "an alias with a character that no alias has", "quote the text if it is no alias"},
      Saying{theirs::ALIAS_NOT_FOUND, "a '*' that names no alias", "quote the text if it is no alias"},
  };
  return kSayings;
}

YamlError translated(const YAML::Exception& problem, const YamlDocument& document, Places& places) {
  YamlError error{places.at(problem.mark), "NotYaml", fmt::format("not YAML: {}", problem.msg), {}};
  if (!problem.mark.is_null() && places.line_starts_with_tab(problem.mark)) {
    return {error.at, "Tab", "a tab in the indentation", "use spaces"};
  }
  for (const auto& saying : sayings()) {
    if (!problem.msg.starts_with(saying.theirs)) continue;
    error.message = fmt::format("not YAML: {}", saying.ours);
    error.hint = saying.hint;
  }
  // It noticed at the end of the document; the quotation mark comes after the last value that it had read.
  if (problem.msg == YAML::ErrorMsg::DOC_IN_SCALAR && !document.nodes.empty()) error.at = document.nodes.back().at;
  const bool alias = error.message.find("alias") != std::string::npos;
  if (alias && places.line(problem.mark.line).find("*.") != std::string_view::npos) {
    error.hint = "a name with a wildcard needs quotes: \"*.example.com\"";
  }
  return error;
}

// ---- text -> nodes ---------------------------------------------------------------------------------------------------------

struct Stop {
  YamlError error;
};

// Takes yaml-cpp's events of one document. Throws Stop where going on would be pointless or dear.
class Composer final : public YAML::EventHandler {
 public:
  Composer(YamlDocument& into, Places& places) : into_(into), places_(places) {}

  // yaml-cpp 0.7 starts the next "document" at whatever it could not make sense of, and may stay there for ever.
  void OnDocumentStart(const YAML::Mark& mark) override {
    if (started_) {
      stop(mark, "NotYaml", "not YAML: this does not belong to what stands above it",
           "check the indentation, and the line before it");
    }
    started_ = true;
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add(YamlNode::Kind::plain, mark, anchor); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& text) override {
    check_tag(mark, tag);
    auto& node = add(tag == "?" ? YamlNode::Kind::plain : YamlNode::Kind::quoted, mark, anchor);
    node.text = text;
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto target = anchors_.find(anchor);
    if (target == anchors_.end() || std::ranges::find(open_, target->second) != open_.end()) {
      stop(mark, "NotYaml", "not YAML: an alias inside of what it stands for", "write the value out");
    }
    add(YamlNode::Kind::alias, mark, YAML::NullAnchor).items.push_back(target->second);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    open(YamlNode::Kind::list, mark, tag, anchor, style);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    open(YamlNode::Kind::mapping, mark, tag, anchor, style);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  [[noreturn]] void stop(const YAML::Mark& mark, std::string reason, std::string message, std::string hint) {
    throw Stop{{places_.at(mark), std::move(reason), std::move(message), std::move(hint)}};
  }

  void check_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    constexpr std::string_view kCore = "tag:yaml.org,2002:";
    const auto name = tag.starts_with(kCore) ? "!!" + tag.substr(kCore.size()) : tag;
    stop(mark, "NotYaml", fmt::format("the tag '{}' is not known here", shown(name)),
         "leave it out; a text may stand in quotes");
  }

  YamlNode& add(YamlNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (into_.nodes.size() >= kMostNodes) {
      stop(mark, "TooLarge", fmt::format("more than {} values in one document", kMostNodes), "split it");
    }
    if (flow_depth_ == 0 && places_.indented_by_tab(mark)) stop(mark, "Tab", "a tab in the indentation", "use spaces");
    const auto index = static_cast<std::uint32_t>(into_.nodes.size());
    if (!open_.empty()) into_.nodes[open_.back()].items.push_back(index);
    if (anchor != YAML::NullAnchor) anchors_[anchor] = index;
    auto& node = into_.nodes.emplace_back();
    node.kind = kind;
    node.at = places_.at(mark);
    return node;
  }

  void open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            YAML::EmitterStyle::value style) {
    check_tag(mark, tag);
    if (open_.size() >= kDeepest) stop(mark, "TooLarge", fmt::format("more than {} levels deep", kDeepest), "");
    add(kind, mark, anchor);
    open_.push_back(static_cast<std::uint32_t>(into_.nodes.size() - 1));
    if (style == YAML::EmitterStyle::Flow || flow_depth_ > 0) ++flow_depth_;
  }
  void close() {
    open_.pop_back();
    if (flow_depth_ > 0) --flow_depth_;
  }

  YamlDocument& into_;
  Places& places_;
  std::vector<std::uint32_t> open_;
  std::unordered_map<YAML::anchor_t, std::uint32_t> anchors_;
  int flow_depth_ = 0;
  bool started_ = false;
};

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
    if (nodes_ <= 2 * kMostNodes && text_ <= kMostText && depth <= kDeepest) return true;
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

// ---- files -----------------------------------------------------------------------------------------------------------------

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
  Places places(text, first_line);
  try {
    // Without the end marker yaml-cpp takes a quotation mark that is never closed for closed, if a line end follows.
    std::istringstream stream(std::string(text) + "\n...\n");
    YAML::Parser parser(stream);
    Composer composer(document, places);
    if (!parser.HandleNextDocument(composer)) return document;
    parser.HandleNextDocument(composer);  // there is no next one: this finds what is left over
    if (!document.nodes.empty()) document.value = Converter(document).convert(0);
  } catch (const Stop& stopped) {
    document.errors.push_back(stopped.error);
  } catch (const YAML::Exception& problem) {
    document.errors.push_back(translated(problem, document, places));
  }
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

Position YamlDocument::find(std::string_view path, bool want_key) const {
  if (nodes.empty()) return start();
  const YamlNode* node = &nodes.front();
  Position key = node->at;
  const auto follow = [&](std::uint32_t index) {
    node = &nodes[index];
    if (node->kind == YamlNode::Kind::alias) node = &nodes[node->items.front()];
  };
  while (!path.empty()) {
    if (path.front() == '.') path.remove_prefix(1);
    if (node->kind == YamlNode::Kind::list) {
      const auto close = path.find(']');
      std::size_t index = 0;
      const auto [end, bad] = std::from_chars(path.data() + 1, path.data() + path.size(), index);
      if (path.empty() || path.front() != '[' || close == std::string_view::npos || bad != std::errc{} ||
          index >= node->items.size())
        return key;
      follow(node->items[index]);
      key = node->at;
      path.remove_prefix(close + 1);
      continue;
    }
    if (node->kind != YamlNode::Kind::mapping) return key;
    // Keys may have dots in them: the longest one that fits is meant.
    std::optional<std::size_t> best;
    for (std::size_t at = 0; at + 1 < node->items.size(); at += 2) {
      const auto& name = nodes[node->items[at]].text;
      const bool fits =
          path.starts_with(name) && (path.size() == name.size() || path[name.size()] == '.' || path[name.size()] == '[');
      if (fits && (!best || name.size() > nodes[node->items[*best]].text.size())) best = at;
    }
    if (!best) return key;
    const auto& name = nodes[node->items[*best]];
    key = name.at;
    path.remove_prefix(name.text.size());
    follow(node->items[*best + 1]);
  }
  const bool no_value = node->kind == YamlNode::Kind::plain && node->text.empty();
  return want_key || no_value ? key : node->at;
}

}  // namespace argos
