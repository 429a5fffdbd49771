// SPDX-License-Identifier: Apache-2.0
#include "manifests/composer.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <unordered_map>

#include <spdlog/fmt/fmt.h>

#include "manifests/places.hpp"
#include "model/text.hpp"

namespace argos {
namespace {

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

// ---- yaml-cpp's events -> nodes --------------------------------------------------------------------------------------------

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
    if (into_.nodes.size() >= kMostYamlNodes) {
      stop(mark, "TooLarge", fmt::format("more than {} values in one document", kMostYamlNodes), "split it");
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
    if (open_.size() >= kDeepestYaml) stop(mark, "TooLarge", fmt::format("more than {} levels deep", kDeepestYaml), "");
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

}  // namespace

bool compose(std::string_view text, int first_line, YamlDocument& into) {
  Places places(text, first_line);
  try {
    // Without the end marker yaml-cpp takes a quotation mark that is never closed for closed, if a line end follows.
    std::istringstream stream(std::string(text) + "\n...\n");
    YAML::Parser parser(stream);
    Composer composer(into, places);
    // There is no second document in here: the second call finds what is left over.
    if (parser.HandleNextDocument(composer)) parser.HandleNextDocument(composer);
    return true;
  } catch (const Stop& stopped) {
    into.errors.push_back(stopped.error);
  } catch (const YAML::Exception& problem) {
    into.errors.push_back(translated(problem, into, places));
  }
  return false;
}

}  // namespace argos
