// SPDX-License-Identifier: Apache-2.0
#include "cli/integrity_files.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include <spdlog/fmt/fmt.h>

#include "cli/app.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "runtime/file_tree.hpp"
#include "runtime/store.hpp"
#include "runtime/user.hpp"
#include "runtime/volumes.hpp"

namespace argos {
namespace {

constexpr std::chrono::milliseconds kPatience{5'000};  // with another writer's lock
constexpr std::uint64_t kPiece = 4U << 20U;  // between two signs of progress

Result<std::string> place_of(const std::string& word, const std::vector<Volume>& known) {
  const auto volume = std::ranges::find_if(known, [&](const auto& one) { return word == one.name || word == one.host_name; });
  if (volume == known.end()) return absolute_path(word);
  if (!volume->folder.empty()) return volume->folder;
  return Error{"NotMounted", "argos does not have the volume " + word, "name the folder where it lies", Retry::never};
}

Result<std::string> sha256_of(const std::string& path, Progress& progress) {
  auto file = FileHash::open(path);
  if (!file) return file.error();
  while (file->left() > 0) {
    const auto taken = file->advance(kPiece);
    if (!taken) return taken.error();
    progress.add(*taken);
  }
  return file->hex();
}

// One that changes meanwhile is read again.
Result<std::string> settled_sha256_of(const std::string& path, Progress& progress) {
  constexpr int kTries = 3;
  auto out = sha256_of(path, progress);
  for (int tried = 1; tried < kTries && !out && out.error().reason == "Moved"; ++tried) out = sha256_of(path, progress);
  return out;
}

void read_one(const std::string& path, unsigned mode, FoundFiles& into, Progress& progress) {
  auto sha256 = settled_sha256_of(path, progress);
  if (sha256) {
    into.files.emplace(path, FileState{FileKind::file, std::move(*sha256), mode});
  } else if (sha256.error().reason != "NotFound") {
    into.unreadable.emplace(path, sha256.error().message);
  }
}

Result<> check_schema(Database& database, const Config& config) {
  const auto known = database.number("SELECT count(*) FROM sqlite_schema WHERE name = 'integrity_baseline'");
  if (!known) return known.error();
  if (*known > 0) return {};
  return Error{"SchemaOlder", config.db_path + " was made by an older argos", "`argos serve` brings it up to date",
               Retry::never};
}

bool exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

}  // namespace

Result<std::vector<std::string>> named_places(const std::vector<std::string>& typed, const Config& config) {
  const auto known = volumes(config);
  std::vector<std::string> out;
  for (const auto& word : typed) {
    auto place = place_of(word, known);
    if (!place) return place.error();
    out.push_back(std::move(*place));
  }
  return out;
}

ReadFiles read_files(const Places& places, const Config& config) {
  auto tree = read_tree(places);
  const auto database = absolute_path(config.db_path);
  std::erase_if(tree.entries, [&](const auto& item) { return is_left_out(item.first, database); });
  ReadFiles out;
  out.found.unreadable = std::move(tree.unreadable);
  out.found.missing = std::move(tree.missing);
  for (const auto& [path, entry] : tree.entries) {
    if (entry.kind != FileKind::file) continue;
    ++out.files;
    out.bytes += static_cast<std::uint64_t>(entry.stamp.size);
  }
  Progress progress("reading", out.bytes);
  for (const auto& [path, entry] : tree.entries) {
    if (entry.kind == FileKind::file) {
      read_one(path, entry.mode, out.found, progress);
    } else {
      out.found.files.emplace(path, FileState{entry.kind, entry.target, {}});
    }
  }
  return out;
}

int complain_about_unreadable(const FoundFiles& found) {
  for (const auto& [path, why] : found.unreadable) {
    complain(why.find(path) == std::string::npos ? fmt::format("cannot read {}: {}", path, why) : why);
  }
  return kFailed;
}

std::string certs_of(const Config& config) { return absolute_path(config.manual_certs_dir); }

bool has_database(const Config& config) { return exists(config.db_path); }

Result<Expectations> read_expectations(const Config& config) {
  if (!has_database(config)) return Expectations({}, {}, certs_of(config), {});
  auto database = Database::open(config.db_path, Database::Mode::read_only, static_cast<int>(kPatience.count()));
  if (!database) return database.error();
  if (auto checked = check_schema(*database, config); !checked) return checked.error();
  return read_expectations(*database, certs_of(config));
}

Result<> write_database(const Config& config, const std::function<Result<>(Database&)>& job) {
  if (!has_database(config)) {
    return Error{"NoDatabase", config.db_path + " is not there: argos has not run here yet", "name a file: --file FILE",
                 Retry::never};
  }
  Store store(config.db_path, config.data_dir);
  if (auto opened = store.open(kPatience); !opened) return opened;
  return store.write(Actor{user_name(::geteuid()), "argos integrity"}, [&](Database& database) -> Result<> {
    if (auto checked = check_schema(database, config); !checked) return checked;
    return job(database);
  });
}

}  // namespace argos
