// SPDX-License-Identifier: Apache-2.0
// `apply`: manifests -> one transaction in the running argos. What is wrong is said with its file and line; the rest is applied.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <map>

#include "cli/app.hpp"
#include "cli/client.hpp"
#include "cli/commands.hpp"
#include "manifests/manifest.hpp"
#include "model/schema.hpp"
#include "model/text.hpp"
#include "runtime/files.hpp"

namespace argos {
namespace fs = std::filesystem;
namespace {

// Everything that the paths hold.
struct Gathered {
  std::size_t files = 0;
  std::vector<ManifestObject> objects;
  std::vector<ManifestError> errors;
  std::vector<Key> invalid;
  bool unreadable = false;  // something could not even be named: whether it is still wanted is unknown
};

void cannot_read(Gathered& into, const std::string& file, const Error& error) {
  into.errors.push_back({file, {}, error.reason, error.message, error.hint});
  into.unreadable = true;
}

void take(Gathered& into, const std::string& file, std::string_view text) {
  ++into.files;
  auto parsed = parse_manifest(file, text);
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
    take(into, "stdin", std::string(std::istreambuf_iterator<char>(std::cin), {}));
  } else if (fs::is_directory(path, ignored)) {
    take_folder(into, path);
  } else {
    take_file(into, path);
  }
}

boost::json::object wish_of(const ApplyOptions& options, const Gathered& gathered) {
  boost::json::array objects, keep;
  for (const auto& object : gathered.objects) {
    objects.push_back({{"apiVersion", kApiVersion},
                       {"kind", names_of(object.key.kind).manifest},
                       {"metadata", {{"name", object.key.name}}},
                       {"spec", object.spec_json}});
  }
  for (const auto& key : gathered.invalid) keep.push_back({{"kind", names_of(key.kind).manifest}, {"name", key.name}});
  return {{"owner", options.owner},
          {"prune", options.prune && !gathered.unreadable},
          {"dryRun", options.dry_run},
          {"objects", std::move(objects)},
          {"keep", std::move(keep)}};
}

void print_refusal(const ManifestObject* object, const std::string& name, const boost::json::value& result) {
  ManifestError line{object == nullptr ? "argos" : object->file, object == nullptr ? Position{} : object->at, "", "", ""};
  const auto& errors = list_at(result, {"errors"});
  for (const auto& error : errors) {
    line.message = name + " refused: " + text_at(error, {"path"}) + ": " + text_at(error, {"message"});
    line.hint = text_at(error, {"hint"});
    std::cerr << shown(line.text(), 2000) << "\n";
  }
  if (!errors.empty()) return;
  line.message = name + " refused: " + text_at(result, {"message"});
  std::cerr << shown(line.text(), 2000) << "\n";
}

// The results come in the order of the objects, then what was pruned. True when nothing was refused.
bool print_results(const ApplyOptions& options, const Gathered& gathered, const boost::json::array& results) {
  bool all = true;
  for (std::size_t at = 0; at < results.size(); ++at) {
    const auto kind = kind_from(text_at(results[at], {"kind"}));
    const auto name = to_string(Key{kind.value_or(Kind::host), text_at(results[at], {"name"})});
    const auto outcome = text_at(results[at], {"outcome"});
    if (outcome == "refused") {
      all = false;
      print_refusal(at < gathered.objects.size() ? &gathered.objects[at] : nullptr, name, results[at]);
    } else if (options.format == Format::table) {
      std::cout << name << " " << outcome << (options.dry_run ? " (dry run)" : "") << "\n";
    }
  }
  return all;
}

void print_json(Format format, const boost::json::array& results, const std::vector<ManifestError>& errors) {
  boost::json::array problems;
  for (const auto& error : errors) {
    problems.push_back({{"file", error.file},
                        {"line", error.at.line},
                        {"column", error.at.column},
                        {"reason", error.reason},
                        {"message", error.message},
                        {"hint", error.hint}});
  }
  print(format, boost::json::object{{"results", results}, {"errors", std::move(problems)}});
}

// Nothing to send is no reason to ask anybody: a lone broken file is reported with argos stopped, too.
Result<boost::json::array> send(const ApplyOptions& options, const Gathered& gathered) {
  if (gathered.objects.empty()) return boost::json::array{};
  const auto client = make_client();
  if (!client) return client.error();
  const auto answer = client->post("/api/v1/apply", wish_of(options, gathered));
  if (!answer) return answer.error();
  return list_at(*answer, {"results"});
}

}  // namespace

int apply(const ApplyOptions& options) {
  Gathered gathered;
  for (const auto& path : options.paths) take_path(gathered, path);
  for (const auto& error : gathered.errors) std::cerr << shown(error.text(), 2000) << "\n";
  if (gathered.files == 0 && gathered.errors.empty()) {
    return fail({"NoManifests", "there is no manifest (*.yaml, *.yml) in what -f names"});
  }
  if (options.prune && gathered.objects.empty())
    return fail({"PruneNothing", "nothing valid is left to apply, so nothing is pruned"});
  if (options.prune && gathered.unreadable)
    complain("nothing is pruned: what the broken manifests declare is unknown (mend them first)");
  const auto results = send(options, gathered);
  if (!results) return fail(results.error());
  const bool all = print_results(options, gathered, *results);
  if (options.format != Format::table) print_json(options.format, *results, gathered.errors);
  return all && gathered.errors.empty() ? kDone : kFailed;
}

}  // namespace argos
