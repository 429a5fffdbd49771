// SPDX-License-Identifier: Apache-2.0
#include "controllers/caddy_found.hpp"

#include <algorithm>
#include <ctime>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include <spdlog/fmt/fmt.h>

#include "runtime/files.hpp"

namespace argos {
namespace fs = std::filesystem;
namespace {

constexpr const char* kFoundPrefix = "caddy-found-";

std::string stamp(WallTime time) {
  const auto whole = std::chrono::system_clock::to_time_t(time);
  std::tm utc{};
  gmtime_r(&whole, &utc);
  return fmt::format("{:04}{:02}{:02}-{:02}{:02}{:02}", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
                     utc.tm_min, utc.tm_sec);
}

std::vector<fs::directory_entry> all_found(const fs::path& folder) {
  std::vector<fs::directory_entry> out;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().filename().string().starts_with(kFoundPrefix)) out.push_back(entry);
  }
  return out;
}

bool is_kept_already(const fs::path& folder, const std::string& body) {
  return std::ranges::any_of(all_found(folder), [&](const auto& entry) {
    std::error_code ignored;
    if (entry.file_size(ignored) != body.size()) return false;
    const auto held = read_file(entry.path());
    return held && *held == body;
  });
}

void delete_oldest(const fs::path& folder) {
  auto all = all_found(folder);
  if (all.size() <= kMostFound) return;
  const auto age = [](const auto& entry) {
    std::error_code ignored;
    return std::pair(entry.last_write_time(ignored), entry.path());
  };
  std::ranges::sort(all, std::greater(), age);
  for (const auto& entry : std::span(all).subspan(kMostFound)) {
    std::error_code ignored;
    fs::remove(entry.path(), ignored);
  }
}

}  // namespace

Result<std::string> keep_found(const fs::path& folder, WallTime now, const std::string& body) {
  if (is_kept_already(folder, body)) return std::string();
  std::error_code ignored;
  const auto when = stamp(now);
  auto path = folder / fmt::format("{}{}.json", kFoundPrefix, when);
  for (int next = 1; fs::exists(path, ignored); ++next) path = folder / fmt::format("{}{}-{}.json", kFoundPrefix, when, next);
  constexpr unsigned kPrivate = 0600;
  if (auto written = write_atomically(path, body, kPrivate); !written) return written.error();
  delete_oldest(folder);
  return path.string();
}

}  // namespace argos
