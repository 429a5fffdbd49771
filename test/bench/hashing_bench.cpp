// SPDX-License-Identifier: Apache-2.0
// SHA-256 of a file that is in the kernel's cache, beside the same of bytes that lie in memory already.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

#include <benchmark/benchmark.h>

#include "runtime/hashing.hpp"

namespace argos {
namespace {

constexpr std::size_t kSize = 64U << 20U;
constexpr std::size_t kBlock = 16U << 10U;  // the largest of `openssl speed`

class File64 {
 public:
  File64() { std::ofstream(path_, std::ios::binary) << std::string(kSize, 'x'); }
  ~File64() { std::filesystem::remove(path_); }
  File64(const File64&) = delete;
  File64& operator=(const File64&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_ = std::filesystem::temp_directory_path() / ("argos-bench-" + std::to_string(::getpid()));
};

void of_memory(benchmark::State& state) {
  const std::string block(kBlock, 'x');
  for (auto _ : state) {
    Sha256 hash;
    for (std::size_t at = 0; at < kSize; at += kBlock) hash.add(block);
    benchmark::DoNotOptimize(hash.hex());
  }
}
BENCHMARK(of_memory)->Name("yardstick: SHA-256 of 64 MiB in memory as openssl speed does it");

void of_a_file(benchmark::State& state) {
  const File64 file;
  for (auto _ : state) benchmark::DoNotOptimize(sha256_of_file(file.path()));
}
BENCHMARK(of_a_file)->Name("SHA-256 of a cached file of 64 MiB");

}  // namespace
}  // namespace argos
