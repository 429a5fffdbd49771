// SPDX-License-Identifier: Apache-2.0
// Cost against the number of hosts, both axes logarithmic, as SVG.
#include <algorithm>
#include <cmath>

#include <spdlog/fmt/fmt.h>

#include "test/bench/figures/report.hpp"

namespace argos::bench {
namespace {

constexpr double kLeft = 70, kRight = 640, kTop = 30, kBottom = 360, kWidth = 880, kHeight = 420;

struct Line {
  const char* name;
  const char* colour;
  double Cost::*value;
};
constexpr std::array<Line, 7> kLines{{
    {"boot → Ready", "#8250df", &Cost::boot},
    {"Caddy's first load", "#c297ff", &Cost::first_load},
    {"a manifest saved → served", "#0969da", &Cost::saved_file},
    {"a row applied → served", "#54aeff", &Cost::saved_row},
    {"a bare load of the document", "#57606a", &Cost::load},
    {"resync, nothing changed", "#1a7f37", &Cost::resync},
    {"one GET /config/", "#8c959f", &Cost::get},
}};

// Powers of ten around all values.
struct Axis {
  double from, to, low, high;
  double at(double value) const {
    return low + (std::log10(value) - std::log10(from)) / (std::log10(to) - std::log10(from)) * (high - low);
  }
};

Axis axis(double least, double most, double low, double high) {
  const double from = std::pow(10, std::floor(std::log10(least)));
  const double to = std::pow(10, std::ceil(std::log10(most)));
  return {from, to > from ? to : from * 10, low, high};
}

std::string grid(const Axis& x, const Axis& y) {
  std::string out;
  for (double value = x.from; value <= x.to * 1.01; value *= 10) {
    out += fmt::format(
        "<line x1=\"{0:.0f}\" x2=\"{0:.0f}\" y1=\"{1}\" y2=\"{2}\"/><text x=\"{0:.0f}\" y=\"{3}\" "
        "text-anchor=\"middle\">{4:g}</text>\n",
        x.at(value), kTop, kBottom, kBottom + 20, value);
  }
  for (double value = y.from; value <= y.to * 1.01; value *= 10) {
    out += fmt::format(
        "<line x1=\"{0}\" x2=\"{1}\" y1=\"{2:.0f}\" y2=\"{2:.0f}\"/><text x=\"{3}\" y=\"{4:.0f}\" "
        "text-anchor=\"end\">{5:g}</text>\n",
        kLeft, kRight, y.at(value), kLeft - 8, y.at(value) + 5, value);
  }
  return out;
}

std::string drawn(const Line& line, const std::vector<Cost>& costs, const Axis& x, const Axis& y) {
  std::string points, dots;
  for (const auto& cost : costs) {
    const double across = x.at(cost.hosts), up = y.at(cost.*line.value);
    points += fmt::format("{:.1f},{:.1f} ", across, up);
    dots += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.5\" fill=\"{}\"/>", across, up, line.colour);
  }
  return fmt::format("<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/>{}\n", points, line.colour, dots);
}

std::string legend(const std::vector<Line>& lines) {
  std::string out;
  double y = kTop + 10;
  for (const auto& line : lines) {
    out +=
        fmt::format("<rect x=\"{0}\" y=\"{1}\" width=\"14\" height=\"4\" fill=\"{2}\"/><text x=\"{3}\" y=\"{4}\">{5}</text>\n",
                    kRight + 20, y - 6, line.colour, kRight + 40, y, line.name);
    y += 24;
  }
  return out;
}

}  // namespace

std::string as_svg(const std::vector<Cost>& costs) {
  double least = 1e9, most = 0;
  int fewest = costs.front().hosts, many = fewest;
  for (const auto& cost : costs) {
    fewest = std::min(fewest, cost.hosts);
    many = std::max(many, cost.hosts);
    for (const auto& line : kLines) {
      least = std::min(least, cost.*line.value);
      most = std::max(most, cost.*line.value);
    }
  }
  const auto x = axis(fewest, many, kLeft, kRight), y = axis(least, most, kBottom, kTop);
  std::vector<Line> lines(kLines.begin(), kLines.end());
  std::ranges::sort(lines, std::greater(), [&](const Line& line) { return costs.back().*line.value; });
  auto out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"system-ui, sans-serif\" font-size=\"13\" "
      "role=\"img\" aria-label=\"Milliseconds against the number of hosts\">\n<rect width=\"100%\" height=\"100%\" "
      "fill=\"#ffffff\"/>\n<g stroke=\"#d0d7de\" fill=\"#57606a\"><style>text {{ stroke: none; fill: #1f2328 }}</style>\n",
      kWidth, kHeight);
  out += grid(x, y) + "</g>\n";
  for (const auto& line : lines) out += drawn(line, costs, x, y);
  out += legend(lines);
  return out +
         fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">hosts</text>\n<text x=\"16\" y=\"{}\">ms</text>\n</svg>\n",
                     (kLeft + kRight) / 2, kBottom + 44, kTop - 8);
}

}  // namespace argos::bench
