// SPDX-License-Identifier: Apache-2.0
#include "controllers/manifest_folder.hpp"

#include <filesystem>
#include <set>
#include <vector>

#include <spdlog/fmt/fmt.h>

#include "runtime/files.hpp"

namespace argos {
namespace fs = std::filesystem;
namespace {

constexpr int kDeepest = 16;              // links may go in circles
constexpr std::size_t kMostFiles = 20000;

bool is_manifest(std::string_view name) { return name.ends_with(".yaml") || name.ends_with(".yml"); }

bool leads_nowhere(const fs::directory_entry& entry) {
  std::error_code unknown;
  return entry.is_symlink(unknown) && !entry.exists(unknown);
}

struct Listing {
  bool complete = true;
  std::vector<std::string> files;  // relative to the folder that was asked for
  std::set<fs::path> entered;  // canonical folders
};

void list(const fs::path& folder, const std::string& prefix, int depth, Listing& into) {
  std::error_code failed;
  const auto real = fs::canonical(folder, failed);
  if (failed || depth > kDeepest) {
    into.complete = false;
    return;
  }
  if (!into.entered.insert(real).second) return;
  fs::directory_iterator entry(folder, failed);
  for (; !failed && entry != fs::directory_iterator(); entry.increment(failed)) {
    auto name = entry->path().filename().string();
    if (name.starts_with('.')) continue;
    std::error_code unknown;
    const bool is_folder = entry->is_directory(unknown);
    if (is_folder) {
      list(entry->path(), prefix + name + "/", depth + 1, into);
    } else if (!is_manifest(name)) {
      if (unknown || leads_nowhere(*entry)) into.complete = false;  // a folder may have been behind it
    } else if (into.files.size() < kMostFiles) {
      into.files.push_back(prefix + name);
    } else {
      into.complete = false;
    }
  }
  if (failed) into.complete = false;
}

std::shared_ptr<const ReadManifest> read_one_file(const CertificateReader& reader, const fs::path& path,
                                                  const std::string& name, const std::shared_ptr<const ReadManifest>& before) {
  std::error_code ignored;
  const auto unreadable = [&](const Error& error) {
    auto out = std::make_shared<ReadManifest>();
    out->parsed = {name, {}, {{name, {}, error.reason, error.message, error.hint}}, {}, true};
    return out;
  };
  if (!fs::is_regular_file(path, ignored))
    return unreadable({"CannotRead", "is not a regular file, or its link leads nowhere"});
  auto bytes = read_file(path, kLargestManifest);
  if (!bytes && bytes.error().reason == "TooLarge") {
    return unreadable(
        {"TooLarge", fmt::format("is larger than {} bytes", kLargestManifest), "split it: any number of files is read"});
  }
  if (!bytes) return unreadable(bytes.error());
  const bool same = before && !before->parsed.file.empty() && !before->bytes.empty() && before->bytes == *bytes;
  if (same && still_so(reader, before->certificates)) return before;
  auto out = std::make_shared<ReadManifest>();
  out->parsed = parse_manifest(name, *bytes);
  out->certificates = read_certificates(reader, *bytes, out->parsed);
  out->bytes = std::move(*bytes);
  return out;
}

// As it was read before, where neither it nor a text that it refers to has moved since.
std::shared_ptr<const ReadManifest> unmoved(const CertificateReader& reader, const std::string& name,
                                            const std::optional<FileStamp>& stamp, const ManifestFolder& before) {
  const auto held = before.stamps.find(name);
  if (!stamp || held == before.stamps.end() || held->second != *stamp) return nullptr;
  const auto& file = before.files.at(name);
  return still_so(reader, file->certificates) ? file : nullptr;
}

}  // namespace

std::shared_ptr<const ReadManifest> find_file(const ManifestFolder& folder, const std::string& name) {
  const auto held = folder.files.find(name);
  return held == folder.files.end() ? nullptr : held->second;
}

ManifestFolder read_folder(const CertificateReader& reader, const ManifestFolder& before, WallTime now) {
  ManifestFolder out;
  std::error_code failed;
  out.present = fs::is_directory(reader.folder, failed);
  if (!out.present) return out;
  Listing listing;
  list(reader.folder, {}, 0, listing);
  out.complete = listing.complete;
  for (const auto& name : listing.files) {
    const auto path = reader.folder / name;
    const auto stamp = settled_stamp(path, now);  // before it is read
    auto file = unmoved(reader, name, stamp, before);
    if (!file) file = read_one_file(reader, path, name, find_file(before, name));
    if (stamp && !file->bytes.empty()) out.stamps.emplace(name, *stamp);
    out.files.emplace(name, std::move(file));
  }
  return out;
}

}  // namespace argos
