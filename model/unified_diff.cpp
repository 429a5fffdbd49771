// SPDX-License-Identifier: Apache-2.0
#include "model/unified_diff.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include <spdlog/fmt/fmt.h>

namespace argos {
namespace {

constexpr std::size_t kContext = 3;             // lines around a change
constexpr std::size_t kMostCells = 4'000'000;   // of the table below

using Lines = std::vector<std::string_view>;

// With their line ends: a last line without one differs from one that has it.
Lines lines_of(std::string_view text) {
  Lines out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
    out.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return out;
}

// One line of the script: kept, taken out of `before` or put in from `after`.
struct Edit {
  char mark;  // ' ', '-', '+'
  std::string_view line;
};
using Edits = std::vector<Edit>;

// Lengths of the longest common subsequences of what is left from each pair of places on.
class CommonLengths {
 public:
  CommonLengths(std::span<const std::string_view> before, std::span<const std::string_view> after)
      : width_(after.size() + 1), cells_((before.size() + 1) * width_) {
    for (std::size_t i = before.size(); i-- > 0;) {
      for (std::size_t j = after.size(); j-- > 0;) {
        cells_[i * width_ + j] = before[i] == after[j] ? at(i + 1, j + 1) + 1 : std::max(at(i + 1, j), at(i, j + 1));
      }
    }
  }
  std::uint32_t at(std::size_t i, std::size_t j) const { return cells_[i * width_ + j]; }

 private:
  std::size_t width_;
  std::vector<std::uint32_t> cells_;
};

void exchange(std::span<const std::string_view> before, std::span<const std::string_view> after, Edits& out) {
  for (const auto line : before) out.push_back({'-', line});
  for (const auto line : after) out.push_back({'+', line});
}

void shortest(std::span<const std::string_view> before, std::span<const std::string_view> after, Edits& out) {
  if ((before.size() + 1) * (after.size() + 1) > kMostCells) return exchange(before, after, out);
  const CommonLengths common(before, after);
  std::size_t i = 0, j = 0;
  while (i < before.size() && j < after.size()) {
    if (before[i] == after[j]) {
      out.push_back({' ', before[i]});
      ++i, ++j;
    } else if (common.at(i + 1, j) >= common.at(i, j + 1)) {
      out.push_back({'-', before[i++]});
    } else {
      out.push_back({'+', after[j++]});
    }
  }
  exchange(before.subspan(i), after.subspan(j), out);
}

Edits edits_between(const Lines& before, const Lines& after) {
  const auto shorter = std::min(before.size(), after.size());
  std::size_t head = 0, tail = 0;
  while (head < shorter && before[head] == after[head]) ++head;
  while (tail < shorter - head && before[before.size() - 1 - tail] == after[after.size() - 1 - tail]) ++tail;
  Edits out;
  for (std::size_t at = 0; at < head; ++at) out.push_back({' ', before[at]});
  shortest(std::span(before).subspan(head, before.size() - head - tail),
           std::span(after).subspan(head, after.size() - head - tail), out);
  for (std::size_t at = before.size() - tail; at < before.size(); ++at) out.push_back({' ', before[at]});
  return out;
}

// "3,7", "3" for one line, "0,0" for none: as POSIX says.
std::string range(std::size_t first, std::size_t count) {
  if (count == 1) return std::to_string(first);
  return fmt::format("{},{}", count == 0 ? first - 1 : first, count);
}

// Where the run of changes that begins at `from` ends: what is nearer than two contexts belongs together.
std::size_t end_of_run(const Edits& edits, std::size_t from) {
  std::size_t end = from;
  for (std::size_t at = from; at < edits.size() && at - end <= 2 * kContext; ++at) {
    if (edits[at].mark != ' ') end = at + 1;
  }
  return end;
}

void print_hunk(std::span<const Edit> edits, std::size_t before_line, std::size_t after_line, std::string& out) {
  const auto in_before = std::ranges::count_if(edits, [](const Edit& edit) { return edit.mark != '+'; });
  const auto in_after = std::ranges::count_if(edits, [](const Edit& edit) { return edit.mark != '-'; });
  out += fmt::format("@@ -{} +{} @@\n", range(before_line, static_cast<std::size_t>(in_before)),
                     range(after_line, static_cast<std::size_t>(in_after)));
  for (const auto& edit : edits) {
    out += edit.mark;
    out += edit.line;
    if (!edit.line.ends_with('\n')) out += "\n\\ No newline at end of file\n";
  }
}

}  // namespace

std::string unified_diff(const DiffSide& before, const DiffSide& after) {
  if (before.text == after.text && before.present == after.present) return {};
  const auto edits = edits_between(lines_of(before.text), lines_of(after.text));
  std::string out =
      fmt::format("--- {}\n+++ {}\n", before.present ? before.label : "/dev/null", after.present ? after.label : "/dev/null");
  std::size_t before_line = 1, after_line = 1, at = 0;
  const auto skip_to = [&](std::size_t to) {
    for (; at < to; ++at) {
      before_line += edits[at].mark != '+' ? 1 : 0;
      after_line += edits[at].mark != '-' ? 1 : 0;
    }
  };
  while (true) {
    const auto change = std::find_if(edits.begin() + static_cast<std::ptrdiff_t>(at), edits.end(),
                                     [](const Edit& edit) { return edit.mark != ' '; });
    if (change == edits.end()) return out;
    const auto first = static_cast<std::size_t>(change - edits.begin());
    skip_to(std::max(at, first - std::min(first, kContext)));
    const auto end = std::min(end_of_run(edits, first) + kContext, edits.size());
    print_hunk(std::span(edits).subspan(at, end - at), before_line, after_line, out);
    skip_to(end);
  }
}

}  // namespace argos
