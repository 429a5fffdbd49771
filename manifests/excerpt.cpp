// SPDX-License-Identifier: Apache-2.0
#include "manifests/excerpt.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

#include "model/masked.hpp"
#include "model/text.hpp"

namespace argos {
namespace {

constexpr std::string_view kMask = "***";
constexpr std::size_t kLongestLine = 200;
constexpr std::size_t kLongWord = 40;

bool is_alnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }
bool is_of_name(char c) { return is_alnum(c) || c == '_' || c == '-' || c == '.'; }
bool is_of_base64(char c) { return is_alnum(c) || c == '+' || c == '/' || c == '=' || c == '_' || c == '-'; }

// Where a name of a secret stands, and where its value begins.
struct Named {
  std::size_t name = 0, value = 0;
};

std::optional<Named> named_secret(std::string_view line) {
  for (std::size_t at = 0; at < line.size();) {
    if (!is_of_name(line[at])) {
      ++at;
      continue;
    }
    auto end = at;
    while (end < line.size() && is_of_name(line[end])) ++end;
    const auto name = line.substr(at, end - at);
    auto after = end;
    while (after < line.size() && (line[after] == ' ' || line[after] == '"' || line[after] == '\'')) ++after;
    if (after < line.size() && line[after] == ':' && may_be_secret(name) && !name.ends_with("File"))
      return Named{at, after + 1};
    at = end;
  }
  return std::nullopt;
}

// The column at which a mapping's key begins, behind the dashes of lists.
std::size_t key_column(std::string_view line) { return std::min(line.find_first_not_of(" -"), line.size()); }

bool looks_like_base64(std::string_view word) {
  return word.size() >= kLongWord && std::ranges::any_of(word, [](char c) { return c >= '0' && c <= '9'; });
}

std::string without_long_words(std::string_view line) {
  std::string out;
  while (!line.empty()) {
    const auto other = static_cast<std::size_t>(std::ranges::find_if(line, is_of_base64) - line.begin());
    out += line.substr(0, other);
    line.remove_prefix(other);
    const auto length = static_cast<std::size_t>(std::ranges::find_if_not(line, is_of_base64) - line.begin());
    out += looks_like_base64(line.substr(0, length)) ? kMask : line.substr(0, length);
    line.remove_prefix(length);
  }
  return out;
}

std::string cut_before(std::string_view line, std::size_t at) { return std::string(line.substr(0, at)) + std::string(kMask); }

// Secrets that show themselves by what they are.
std::string without_values(std::string_view line) {
  for (const std::string_view scheme : {"Bearer ", "Basic ", "bearer ", "basic "}) {
    if (const auto at = line.find(scheme); at != std::string_view::npos) return cut_before(line, at + scheme.size());
  }
  const auto url = line.find("://");
  if (url != std::string_view::npos && line.find('@', url) != std::string_view::npos) return cut_before(line, url + 3);
  return without_long_words(line);
}

// Line by line, since a secret may go on over several.
class Masker {
 public:
  std::string take(std::string_view line) {
    const auto indent = std::min(line.find_first_not_of(' '), line.size());
    if (in_key_) {
      in_key_ = line.find("-----END ") == std::string_view::npos;
      return cut_before(line, indent);
    }
    const auto key = line.find("-----BEGIN ");
    if (key != std::string_view::npos) {
      in_key_ = line.find("-----END ") == std::string_view::npos;
      return cut_before(line, key);
    }
    if (within_ && (indent > *within_ || indent == line.size())) return indent == line.size() ? "" : cut_before(line, indent);
    within_.reset();
    const auto found = named_secret(line);
    if (!found) return without_values(line);
    const auto column = key_column(line);
    const bool is_key_of_block = found->name <= column + 1;  // perhaps quoted
    within_ = is_key_of_block ? column : indent;
    return std::string(line.substr(0, found->value)) + " " + std::string(kMask);
  }

 private:
  bool in_key_ = false;
  std::optional<std::size_t> within_;  // a secret goes on as long as lines begin behind this column
};

}  // namespace

Excerpts::Excerpts(std::string_view text) {
  Masker masker;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines_.push_back(shown(masker.take(line), kLongestLine));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::vector<ExcerptLine> Excerpts::around(int line) const {
  const int count = static_cast<int>(lines_.size());
  std::vector<ExcerptLine> out;
  if (line < 1 || line > count) return out;
  for (int number = std::max(1, line - 1); number <= std::min(count, line + 1); ++number)
    out.push_back({number, lines_[static_cast<std::size_t>(number) - 1]});
  return out;
}

}  // namespace argos
