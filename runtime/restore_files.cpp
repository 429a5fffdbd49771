// SPDX-License-Identifier: Apache-2.0
#include "runtime/restore_files.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <unistd.h>

#include <boost/json.hpp>

#include "runtime/files.hpp"
#include "runtime/random.hpp"

namespace argos {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLongest = 64U << 10U;
constexpr unsigned kOwnersAlone = 0600;
constexpr std::size_t kIdBytes = 8;

Result<> remove_file(const std::string& path) {
  std::error_code failed;
  fs::remove(path, failed);
  if (!failed) return {};
  return Error{"CannotWrite", "cannot delete " + path + ": " + failed.message(), "delete it by hand"};
}

Result<> fsync_folder(const std::string& folder) {
  const File opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened && ::fsync(opened.get()) == 0) return {};
  return Error{"CannotWrite", "cannot fsync " + folder + ": " + std::strerror(errno)};
}

bool is_log(const std::string& name) { return name.ends_with("-wal") || name.ends_with("-shm") || name.ends_with("-journal"); }

std::vector<std::string> named_as_replaced(const RestorePlaces& places, bool live) {
  const fs::path database(places.database);
  const auto prefix = database.filename().string() + ".before-restore-";
  std::vector<std::string> out;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(database.parent_path(), ignored)) {
    const auto name = entry.path().filename().string();
    if (!name.starts_with(prefix) || is_log(name)) continue;
    if (is_same_file(entry.path().string(), places.database) == live) out.push_back(entry.path().string());
  }
  std::ranges::sort(out, std::greater<>());
  return out;
}

}  // namespace

std::string RestorePlaces::archive(const RestoreMarker& marker) const {
  if (marker.archive.find('/') == std::string::npos) return backups + "/" + marker.archive;
  return absolute_path(marker.archive);
}

RestoreMarker new_marker(std::string archive, std::string by, WallTime now) {
  return {random_hex(kIdBytes), std::move(archive), {}, to_rfc3339(now), std::move(by), {}};
}

Result<std::optional<RestoreMarker>> read_marker(const RestorePlaces& places) {
  auto text = read_file(places.marker(), kLongest);
  if (!text && text.error().reason == "NotFound") return std::optional<RestoreMarker>{};
  if (!text) return text.error();
  auto marker = parse_restore_marker(*text);
  if (!marker) return marker.error();
  return std::optional(std::move(*marker));
}

Result<> write_marker(const RestorePlaces& places, const RestoreMarker& marker) {
  return write_atomically(places.marker(), to_json_text(marker), kOwnersAlone);
}

std::optional<RestoreRefusal> read_refusal(const RestorePlaces& places) {
  const auto text = read_file(places.failed(), kLongest);
  if (!text) return std::nullopt;
  boost::system::error_code bad;
  const auto json = boost::json::parse(*text, bad);
  RestoreRefusal out;
  FieldErrors errors;
  if (!bad) from_json_value(json, "", out, errors);
  if (bad || !errors.empty())
    return RestoreRefusal{"Unreadable", places.failed() + " is not what argos wrote", "delete it", "", ""};
  return out;
}

Result<> refuse_restore(const RestorePlaces& places, const RestoreRefusal& refusal) {
  const auto text = boost::json::serialize(to_json_value(refusal)) + "\n";
  if (auto written = write_atomically(places.failed(), text, kOwnersAlone); !written) return written;
  return end_restore(places, false);
}

Result<> end_restore(const RestorePlaces& places, bool all) {
  std::error_code failed;
  fs::remove_all(places.staging(), failed);
  if (failed) return Error{"CannotWrite", "cannot delete " + places.staging() + ": " + failed.message(), "delete it by hand"};
  if (all) {
    if (auto gone = remove_file(places.failed()); !gone) return gone;
  }
  if (auto gone = remove_file(places.marker()); !gone) return gone;
  return fsync_folder(places.data_folder);
}

bool is_same_file(const std::string& one, const std::string& other) {
  std::error_code unknown;
  return fs::equivalent(one, other, unknown);
}

std::vector<std::string> before_restore_files(const RestorePlaces& places) { return named_as_replaced(places, false); }
std::vector<std::string> second_names(const RestorePlaces& places) { return named_as_replaced(places, true); }

}  // namespace argos
