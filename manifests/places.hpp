// SPDX-License-Identifier: Apache-2.0
// yaml-cpp's marks -> places that an editor shows.
#pragma once

#include <algorithm>
#include <limits>
#include <string_view>
#include <vector>

#include <yaml-cpp/mark.h>

#include "manifests/yaml.hpp"

namespace argos {

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

}  // namespace argos
