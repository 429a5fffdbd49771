// SPDX-License-Identifier: Apache-2.0
#include "cli/gather.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <optional>

#include "model/text.hpp"
#include "model/x509.hpp"
#include "runtime/files.hpp"

namespace argos {
namespace fs = std::filesystem;
namespace {

constexpr auto kStdin = "stdin";

void cannot_read(Gathered& into, const std::string& file, const Error& error) {
  into.errors.push_back({file, {}, error.reason, error.message, error.hint});
  into.unreadable = true;
}

// argos reads no files for a client: what a certificate names is read here, relative to its manifest.
std::optional<ManifestError> read_texts(const fs::path& folder, std::string_view manifest, ManifestObject& object) {
  auto* const named = std::get_if<CertificateInput>(&object.spec);
  if (named == nullptr) return std::nullopt;
  auto sent = *named;
  for (const auto& text : kCertificateTexts) {
    if ((sent.*text.file).empty()) continue;
    auto read = read_file(folder / sent.*text.file, kLargestPem);
    if (!read) {
      const auto path = text.file_path();
      return ManifestError{object.file, place_in_manifest(manifest, object.at, path), read.error().reason,
                           path + ": " + read.error().message, read.error().hint};
    }
    named->*text.text = sent.*text.text = std::move(*read);
    (sent.*text.file).clear();
  }
  object.spec_json = to_json_value(sent).as_object();
  return std::nullopt;
}

void read_all_texts(ManifestFile& parsed, std::string_view manifest) {
  const auto folder = parsed.file == kStdin ? fs::path() : fs::path(parsed.file).parent_path();
  std::erase_if(parsed.objects, [&](ManifestObject& object) {
    auto failed = read_texts(folder, manifest, object);
    if (!failed) return false;
    parsed.errors.push_back(std::move(*failed));
    parsed.invalid.push_back(object.key);
    return true;
  });
}

void take(Gathered& into, const std::string& file, std::string_view text) {
  into.texts.emplace(file, text);
  auto parsed = parse_manifest(file, text);
  read_all_texts(parsed, text);
  std::ranges::move(parsed.objects, std::back_inserter(into.objects));
  std::ranges::move(parsed.errors, std::back_inserter(into.errors));
  std::ranges::move(parsed.invalid, std::back_inserter(into.invalid));
  into.unreadable = into.unreadable || parsed.unreadable;
}

void take_file(Gathered& into, const fs::path& file) {
  const auto text = read_file(file, kLargestManifest);
  if (text) return take(into, file.string(), *text);
  Error error = text.error();
  if (error.reason == "TooLarge")
    error = {"TooLarge", "is larger than " + std::to_string(kLargestManifest) + " bytes", "split it"};
  cannot_read(into, file.string(), error);
}

bool is_manifest(const fs::path& path) { return path.extension() == ".yaml" || path.extension() == ".yml"; }

// In order of names, sub-folders too; hidden ones are left out, as in the manifests folder.
void take_folder(Gathered& into, const fs::path& folder) {
  std::error_code failed;
  std::vector<fs::path> files;
  fs::recursive_directory_iterator entry(folder, failed);
  for (; !failed && entry != fs::recursive_directory_iterator(); entry.increment(failed)) {
    std::error_code ignored;
    if (entry->path().filename().string().starts_with('.')) {
      entry.disable_recursion_pending();
    } else if (is_manifest(entry->path()) && !entry->is_directory(ignored)) {
      files.push_back(entry->path());
    }
  }
  if (failed) cannot_read(into, folder.string(), {"CannotRead", "cannot be read: " + failed.message()});
  std::ranges::sort(files);
  for (const auto& file : files) take_file(into, file);
}

void take_path(Gathered& into, const std::string& path) {
  std::error_code ignored;
  if (path == "-") {
    take(into, kStdin, std::string(std::istreambuf_iterator<char>(std::cin), {}));
  } else if (fs::is_directory(path, ignored)) {
    take_folder(into, path);
  } else {
    take_file(into, path);
  }
}

}  // namespace

Gathered gather(const std::vector<std::string>& paths) {
  Gathered out;
  for (const auto& path : paths) take_path(out, path);
  return out;
}

void complain_about(const Gathered& gathered) {
  for (const auto& error : gathered.errors) std::cerr << shown(error.text(), 2000) << "\n";
}

}  // namespace argos
