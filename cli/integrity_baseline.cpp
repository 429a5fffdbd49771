// SPDX-License-Identifier: Apache-2.0
// `integrity baseline`: takes down what files are, in the database (a running argos watches them from then on) or in a file.
#include <filesystem>
#include <iostream>

#include "cli/app.hpp"
#include "cli/client.hpp"
#include "cli/commands.hpp"
#include "cli/integrity_files.hpp"
#include "cli/integrity_list.hpp"
#include "model/checksums.hpp"
#include "model/nearest.hpp"
#include "runtime/files.hpp"
#include "runtime/volumes.hpp"

namespace argos {
namespace {

Error not_there(const std::string& typed, const std::string& place, const Config& config) {
  std::vector<std::string_view> names;
  const auto known = volumes(config);
  for (const auto& volume : known) names.insert(names.end(), {volume.name, volume.host_name});
  const auto meant = nearest(typed, names);
  return {"NotFound", place + " is not there", meant ? "did you mean " + std::string(*meant) + "?" : "", Retry::never};
}

// What argos wrote itself is known already, and follows it when it writes anew.
Result<> record(const Config& config, const FileList& list) {
  return write_database(config, [&](Database& database) -> Result<> {
    const auto expectations = read_expectations(database, certs_of(config));
    if (!expectations) return expectations.error();
    auto files = list.files;
    std::erase_if(files, [&](const auto& item) { return expectations->is_own(item.first, item.second); });
    return record_baseline(database, list.places, files, std::chrono::system_clock::now());
  });
}

int forget(const Config& config, const std::vector<std::string>& places) {
  for (const auto& place : places) {
    bool known = false;
    const auto done = write_database(config, [&](Database& database) -> Result<> {
      const auto forgotten = forget_baseline(database, place);
      if (!forgotten) return forgotten.error();
      known = *forgotten;
      return {};
    });
    if (!done) return fail(done.error());
    std::cout << name_text(place) << (known ? ": its baseline is forgotten\n" : ": there was no baseline of it\n");
  }
  return kDone;
}

std::string text_of(const FileList& list, Format format) {
  return format == Format::table ? checksums_of(list) : text_of(format, to_json(list));
}

int keep(const FileList& list, const IntegrityOptions& options) {
  constexpr unsigned kReadable = 0644;
  if (auto written = write_atomically(options.file, text_of(list, options.format), kReadable); !written)
    return fail(written.error());
  std::cout << list.files.size() << " entries are in " << name_text(options.file) << "\n";
  return kDone;
}

int take(const Config& config, Places places, const IntegrityOptions& options) {
  auto read = read_files(places, config);
  if (!read.found.unreadable.empty()) return complain_about_unreadable(read.found);
  const FileList list{std::move(places), std::move(read.found.files)};
  if (!options.file.empty() && options.file != "-") return keep(list, options);
  if (options.file.empty() && !has_database(config)) {
    complain("warning: " + config.db_path + " is not there: this baseline is printed, and recorded nowhere");
  } else if (options.file.empty()) {
    if (auto recorded = record(config, list); !recorded) return fail(recorded.error());
  }
  std::cout << text_of(list, options.format) << std::flush;
  return kDone;
}

}  // namespace

int integrity_baseline(const IntegrityOptions& options) {
  const auto config = read_config(client_environment());
  if (!config) return misused(config.error());
  auto places = named_places(options.paths, *config);
  if (!places) return misused(places.error());
  if (places->empty()) places->push_back(certs_of(*config));
  if (options.forget) return forget(*config, *places);
  std::error_code ignored;
  for (std::size_t at = 0; at < places->size(); ++at) {
    if (!std::filesystem::exists((*places)[at], ignored))
      return misused(not_there(options.paths.empty() ? "" : options.paths[at], (*places)[at], *config));
  }
  return take(*config, {places->begin(), places->end()}, options);
}

}  // namespace argos
