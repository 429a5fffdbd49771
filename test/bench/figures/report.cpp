// SPDX-License-Identifier: Apache-2.0
#include "test/bench/figures/report.hpp"

#include <spdlog/fmt/fmt.h>

namespace argos::bench {
namespace {

// What was promised.
constexpr double kDebounce = 20;         // milliseconds
constexpr double kOfALoad = 1.15;
constexpr double kOfAGet = 1.2;
constexpr double kOfAFirstLoad = 1.2;
constexpr double kBootItself = 150;      // milliseconds
constexpr double kReconciles = 100'000;  // a second
constexpr double kMemory = 25;           // MB at kMemoryAt hosts
constexpr int kMemoryAt = 100;
constexpr double kOfPlainWrites = 3;
constexpr double kOfSha256sum = 1.3;
constexpr int kHandful = 8;
constexpr double kIdle = 0.2;            // percent of a core

// As many digits as tell it from its bound.
std::string number(double value) { return value < 10 ? fmt::format("{:.2f}", value) : fmt::format("{:.1f}", value); }

Figure figure(std::string what, double measured, const char* unit, std::string yardstick, double bound) {
  return {std::move(what), fmt::format("{} {}", number(measured), unit), std::move(yardstick),
          fmt::format("≤ {} {}", number(bound), unit), measured <= bound};
}

void add(std::vector<Figure>& out, const Cost& cost) {
  const auto at = [&](const char* what) { return fmt::format("{} hosts: {}", cost.hosts, what); };
  const auto load = fmt::format("a bare load: {:.1f} ms", cost.load);
  const auto saved = kDebounce + kOfALoad * cost.load;
  out.push_back(figure(at("a manifest saved → served"), cost.saved_file, "ms", load, saved));
  out.push_back(figure(at("a row applied → served"), cost.saved_row, "ms", load, saved));
  out.push_back(figure(at("resync, nothing changed"), cost.resync, "ms",
                       fmt::format("one GET /config/: {} ms", number(cost.get)), kOfAGet * cost.get));
  out.push_back({at("writes of such a resync"), std::to_string(cost.resync_writes), "", "0", cost.resync_writes == 0});
  out.push_back(figure(at("boot → Ready"), cost.boot, "ms", fmt::format("Caddy's first load: {:.1f} ms", cost.first_load),
                       kOfAFirstLoad * cost.first_load + kBootItself));
  out.push_back({at("idle for a minute"), fmt::format("{:.2f} % of a core", cost.idle_percent), "",
                 fmt::format("≤ {:.2f} %", kIdle), cost.idle_percent <= kIdle});
  out.push_back({at("writes in that minute"), std::to_string(cost.idle_writes), "", "0", cost.idle_writes == 0});
  if (cost.hosts == kMemoryAt) out.push_back(figure(at("resident memory"), cost.memory_mib * 1.048576, "MB", "", kMemory));
}

}  // namespace

std::vector<Figure> figures_of(const std::vector<Cost>& costs) {
  std::vector<Figure> out;
  for (const auto& cost : costs) add(out, cost);
  return out;
}

Figure figure_of(const LoopCost& cost) {
  return {"queue and loop: trivial reconciles", fmt::format("{:.0f}/s", cost.reconciles),
          fmt::format("std::map, in and out: {:.0f}/s", cost.map_entries), fmt::format("≥ {:.0f}/s", kReconciles),
          cost.reconciles >= kReconciles};
}

std::vector<Figure> figures_of(const CertificateCost& cost) {
  const auto at = [&](const char* what) { return fmt::format("{} certificates: {}", cost.certificates, what); };
  return {figure(at("from rows to files"), cost.cold, "ms",
                 fmt::format("a loop of writes and fsyncs: {:.1f} ms", cost.plain_writes), kOfPlainWrites * cost.plain_writes),
          figure(at("a look at all files, nothing changed"), cost.scan, "ms",
                 fmt::format("sha256sum: {:.1f} ms", cost.sha256sum), kOfSha256sum * cost.sha256sum),
          {at("loads for the import of all"), std::to_string(cost.loads), "one request", fmt::format("≤ {}", kHandful),
           cost.loads <= kHandful}};
}

std::string as_text(const std::vector<Figure>& figures) {
  std::string out;
  for (const auto& one : figures) {
    out += fmt::format("{}  {:<42} {:>18}   {:<14} {}\n", one.holds ? "holds " : "MISSED", one.what, one.measured, one.bound,
                       one.yardstick);
  }
  return out;
}

std::string as_markdown(const std::vector<Figure>& figures) {
  std::string out = "| figure | measured | bound | held against | holds |\n|---|---|---|---|---|\n";
  for (const auto& one : figures) {
    out += fmt::format("| {} | {} | {} | {} | {} |\n", one.what, one.measured, one.bound, one.yardstick,
                       one.holds ? "yes" : "**no**");
  }
  return out;
}

std::string as_markdown(const std::vector<Cost>& costs) {
  std::string out =
      "| hosts | document | bare load | manifest saved → served | row applied → served | GET /config/ | resync | first load | "
      "boot → Ready | memory | idle |\n|---|---|---|---|---|---|---|---|---|---|---|\n";
  for (const auto& one : costs) {
    out += fmt::format(
        "| {} | {:.0f} KiB | {:.1f} ms | {:.1f} ms | {:.1f} ms | {:.2f} ms | {:.2f} ms | {:.1f} ms | {:.1f} ms | {:.1f} MiB | "
        "{:.2f} % |\n",
        one.hosts, one.document_kib, one.load, one.saved_file, one.saved_row, one.get, one.resync, one.first_load, one.boot,
        one.memory_mib, one.idle_percent);
  }
  return out;
}

}  // namespace argos::bench
