// SPDX-License-Identifier: Apache-2.0
// Any bytes as an archive, or as the tar within one: what is handed out lies where it may, and only the whole is called good.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <unistd.h>

#include "runtime/archive_reader.hpp"
#include "runtime/gzip.hpp"

namespace {

constexpr std::uint64_t kMostUnpacked = 1U << 20U;

void require(bool holds, const char* rule) {
  if (holds) return;
  std::fprintf(stderr, "broken rule: %s\n", rule);
  std::abort();
}

// A fuzzer does not find a CRC.
std::string gzipped(std::string_view bytes) {
  std::string out;
  argos::Gzip gzip;
  const argos::ByteSink sink = [&](std::string_view more) -> argos::Result<> {
    out += more;
    return {};
  };
  (void)gzip.add(bytes, sink);
  (void)gzip.finish(sink);
  return out;
}

bool may_be_written(std::string_view path) {
  if (path == "argos.db" || path == "metadata.json") return true;
  if (!path.starts_with("caddy/") || path.find('\0') != std::string_view::npos) return false;
  for (const auto& part : std::filesystem::path(path.substr(6))) {
    if (part.empty() || part == "." || part == ".." || part.is_absolute()) return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static const std::string path = "/tmp/argos-archive-fuzz-" + std::to_string(::getpid());
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  const bool raw = data[0] % 4 == 0;
  std::ofstream(path, std::ios::binary | std::ios::trunc) << (raw ? std::string(bytes) : gzipped(bytes));
  std::uint64_t taken = 0;
  argos::ArchiveReadOptions options;
  options.most_unpacked = kMostUnpacked;
  options.take = [&](std::string_view member, std::string_view part) -> argos::Result<> {
    require(may_be_written(member), "nothing leads elsewhere");
    taken += part.size();
    return {};
  };
  argos::JobProgress progress;
  const auto read = argos::read_archive(path, progress, options);
  require(taken <= kMostUnpacked, "no more is unpacked than may be");
  require(!read.sha256.empty(), "the file's hash is known whatever is in it");
  require(read.problem || read.metadata, "a good archive says what it is");
  require(!read.problem || is_about_bytes(*read.problem), "what is wrong is said of the bytes");
  return 0;
}
