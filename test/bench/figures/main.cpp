// SPDX-License-Identifier: Apache-2.0
// Measures what was promised, beside its yardsticks, with real Caddys.    figures [--part NAME…] [--hosts N…] [--idle SECONDS] [--docs FOLDER]
#include <algorithm>
#include <filesystem>
#include <functional>
#include <iostream>
#include <iterator>
#include <memory>
#include <utility>

#include <CLI/CLI.hpp>

#include "runtime/files.hpp"
#include "test/bench/figures/api.hpp"
#include "test/bench/figures/backups.hpp"
#include "test/bench/figures/report.hpp"
#include "test/bench/figures/restores.hpp"
#include "test/bench/figures/site.hpp"

namespace argos::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBegin = "<!-- measured -->\n", kEnd = "<!-- /measured -->\n";

// What is between the two marks is the program's, all else its author's.
void write_docs(const fs::path& folder, const std::vector<Figure>& figures, const std::vector<Cost>& costs) {
  const auto page = folder / "benchmarks.md";
  auto text = read_file(page).value();
  const auto begin = text.find(kBegin), end = text.find(kEnd);
  if (begin == std::string::npos || end == std::string::npos) throw std::runtime_error(page.string() + " has lost its marks");
  text.replace(begin + kBegin.size(), end - begin - kBegin.size(),
               "\n" + as_markdown(costs) + "\n" + as_markdown(figures) + "\n");
  constexpr unsigned kReadable = 0644;
  write_atomically(page, text, kReadable).value();
  write_atomically(folder / "images/cost.svg", as_svg(costs), kReadable).value();
}

std::vector<Cost> measure(const std::vector<int>& counts, std::chrono::seconds idle) {
  std::vector<std::unique_ptr<Site>> sites;
  for (const int hosts : counts) {
    std::cerr << hosts << " hosts …" << std::endl;
    sites.push_back(std::make_unique<Site>(hosts));
    sites.back()->measure();
  }
  std::cerr << "idle for " << idle.count() << " s …" << std::endl;
  for (auto& site : sites) site->begin_idle();
  std::this_thread::sleep_for(idle);  // this is what is measured
  for (auto& site : sites) site->end_idle(idle);
  std::vector<Cost> out;
  for (const auto& site : sites) out.push_back(site->cost());
  return out;
}

int run(int argc, char** argv) {
  std::vector<int> counts{10, 100, 1000};
  int idle = 60;
  std::string docs;
  std::vector<Figure> figures;
  std::vector<Cost> costs;
  const auto add = [&](std::vector<Figure> more) { std::ranges::move(more, std::back_inserter(figures)); };
  const std::vector<std::pair<std::string, std::function<void()>>> all{
      {"hosts", [&] { add(figures_of(costs = measure(counts, std::chrono::seconds(idle)))); }},
      {"loop", [&] { figures.push_back(figure_of(measure_loop())); }},
      {"integrity", [&] { figures.push_back(measure_integrity()); }},
      {"backups", [&] { add(measure_backups()); }},
      {"restores", [&] { add(measure_restores()); }},
      {"blocked", [&] { add(measure_blocked()); }},
      {"meanwhile", [&] { add(measure_meanwhile()); }},
      {"certificates", [&] { add(figures_of(measure_certificates())); }},
      {"api", [&] { add(measure_api()); }}};
  std::vector<std::string> names, chosen;
  for (const auto& [name, measured] : all) names.push_back(name);
  CLI::App app("what was promised, measured");
  auto* const part = app.add_option("--part", chosen, "only this part")->check(CLI::IsMember(names));
  app.add_option("--hosts", counts, "how many hosts");
  app.add_option("--idle", idle, "seconds of doing nothing");
  app.add_option("--docs", docs, "the folder whose benchmarks.md gets the tables")->excludes(part);
  CLI11_PARSE(app, argc, argv);
  for (const auto& [name, measured] : all) {
    if (!chosen.empty() && std::ranges::find(chosen, name) == chosen.end()) continue;
    std::cerr << name << " …" << std::endl;
    measured();
  }
  std::cout << as_text(figures);
  if (!docs.empty()) write_docs(docs, figures, costs);
  return 0;
}

}  // namespace
}  // namespace argos::bench

int main(int argc, char** argv) { return argos::bench::run(argc, argv); }
