// SPDX-License-Identifier: Apache-2.0
// `argos integrity verify` of files that are in the kernel's cache, beside what the same core hashes without reading anything.
#include <spdlog/fmt/fmt.h>

#include "test/bench/figures/site.hpp"
#include "test/support/program.hpp"

namespace argos::bench {
namespace {

constexpr int kFiles = 32;
constexpr std::size_t kEach = 16U << 20U;
constexpr double kMillion = 1e6;

// In MB/s, as `openssl speed` prints it: "sha256  1577079.38k".
double openssl_speed() {
  const auto said =
      test::shell("openssl speed -evp sha256 -bytes 16384 -seconds 2 2>/dev/null | tail -n 1 | awk '{ print $NF }'").out;
  return std::stod(said) * 1000 / kMillion;
}

double verify_speed(const test::TempFolder& folder) {
  const auto argos = "ARGOS_DATA_DIR='" + (folder / "data") + "' '" + test::argos_binary() + "' integrity ";
  const auto list = folder / "list";
  if (const auto taken = test::shell(argos + "baseline '" + (folder / "files") + "' --file '" + list + "'"); taken.status != 0)
    throw std::runtime_error(taken.out);
  const auto took = milliseconds_of([&] {
    if (const auto same = test::shell(argos + "verify '" + (folder / "files") + "' --file '" + list + "'"); same.status != 0)
      throw std::runtime_error(same.out);
  });
  return kFiles * static_cast<double>(kEach) / (took / 1000) / kMillion;
}

}  // namespace

Figure measure_integrity() {
  constexpr double kPromised = 0.8;
  const test::TempFolder folder;
  for (int file = 0; file < kFiles; ++file) folder.write("files/" + std::to_string(file), std::string(kEach, 'x'));
  std::vector<double> verify, openssl;
  for (int round = 0; round < 3; ++round) {
    openssl.push_back(openssl_speed());
    verify.push_back(verify_speed(folder));
  }
  const double measured = median(verify), yardstick = median(openssl);
  return {"integrity verify, files in the cache", fmt::format("{:.0f} MB/s", measured),
          fmt::format("openssl speed, SHA-256 on one core: {:.0f} MB/s", yardstick),
          fmt::format("≥ {:.0f} MB/s", kPromised * yardstick), measured >= kPromised * yardstick};
}

}  // namespace argos::bench
