// SPDX-License-Identifier: Apache-2.0
// `config`, `version`, `schema`: what argos knows of itself, with nothing running.
#include <iostream>

#include "cli/app.hpp"
#include "cli/commands.hpp"
#include "cli/kinds.hpp"
#include "controllers/migrations.hpp"
#include "model/schema.hpp"
#include "runtime/config.hpp"
#include "runtime/version.hpp"

namespace argos {

int show_config(Format format) {
  const auto environment = process_environment();
  const auto config = read_config(environment);
  if (!config) {
    complain(config.error().text());
    return kUsage;
  }
  for (const auto& warning : config->warnings) complain("warning: " + warning);
  Table table({"NAME", "VALUE", "SOURCE"});
  boost::json::array rows;
  for (const auto& row : describe_config(*config, environment)) {
    table.add({row.name, row.value, row.source});
    rows.push_back({{"name", row.name}, {"value", row.value}, {"source", row.source}});
  }
  format == Format::table ? print(table) : print(format, rows);
  return kDone;
}

int show_version(Format format) {
  if (format == Format::table) {
    std::cout << "argos " << version() << (git_commit().empty() ? "" : " (" + std::string(git_commit()) + ")") << ", schema "
              << schema_version() << "\n";
    return kDone;
  }
  print(format, boost::json::object{{"version", version()}, {"commit", git_commit()}, {"schemaVersion", schema_version()}});
  return kDone;
}

int show_schema(const std::string& kind, Format format) {
  const Format written = format == Format::yaml ? Format::yaml : Format::json;
  if (!kind.empty()) {
    const auto known = desired_kind(kind);
    if (!known) {
      complain(known.error().text());
      return kUsage;
    }
    print(written, manifest_schema(*known));
    return kDone;
  }
  boost::json::array all;
  for (const auto& names : desired_kinds()) all.push_back(manifest_schema(names.kind));
  print(written, boost::json::object{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"oneOf", std::move(all)}});
  return kDone;
}

}  // namespace argos
