// SPDX-License-Identifier: Apache-2.0
// `apply`: manifests -> one transaction in the running argos. What is wrong is said with its file and line; the rest is applied.
#include <iostream>

#include "cli/app.hpp"
#include "cli/client.hpp"
#include "cli/commands.hpp"
#include "cli/gather.hpp"
#include "model/schema.hpp"
#include "model/text.hpp"

namespace argos {
namespace {

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

// What the field that argos refuses is called in the manifest: of a text that lies in a file the one that names it.
std::string path_of(const ManifestObject& object, const std::string& path) {
  const auto* const certificate = std::get_if<CertificateInput>(&object.spec);
  return certificate == nullptr ? path : written_at(*certificate, path);
}

// Where it stands; where that is not known, where the object does.
Position place_of(const Gathered& gathered, const ManifestObject& object, const std::string& path) {
  const auto text = gathered.texts.find(object.file);
  return text == gathered.texts.end() ? object.at : place_in_manifest(text->second, object.at, path);
}

void print_refusal(const Gathered& gathered, const ManifestObject* object, const std::string& name,
                   const boost::json::value& result) {
  ManifestError line{object == nullptr ? "argos" : object->file, object == nullptr ? Position{} : object->at, "", "", ""};
  const auto& errors = list_at(result, {"errors"});
  for (const auto& error : errors) {
    auto path = text_at(error, {"path"});
    if (object != nullptr) {
      path = path_of(*object, path);
      line.at = place_of(gathered, *object, path);
    }
    line.message = name + " refused: " + path + ": " + text_at(error, {"message"});
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
      print_refusal(gathered, at < gathered.objects.size() ? &gathered.objects[at] : nullptr, name, results[at]);
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
  const auto client = make_client("argos apply");
  if (!client) return client.error();
  const auto answer = client->post("/api/v1/apply", wish_of(options, gathered));
  if (!answer) return answer.error();
  return list_at(*answer, {"results"});
}

}  // namespace

int apply(const ApplyOptions& options) {
  const auto gathered = gather(options.paths);
  complain_about(gathered);
  if (gathered.nothing()) return fail({"NoManifests", "there is no manifest (*.yaml, *.yml) in what -f names"});
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
