// SPDX-License-Identifier: Apache-2.0
// Any bytes as a manifest: reading ends and never throws; what was read is written as YAML that reads back as the same.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "manifests/manifest.hpp"
#include "model/validate.hpp"

namespace {

void require(bool holds, const char* rule, const std::string& text) {
  if (holds) return;
  std::fprintf(stderr, "broken rule: %s\n%s\n", rule, text.c_str());
  std::abort();
}

void check_yaml(std::string_view text) {
  for (const auto& document : argos::read_yaml(text)) {
    require(document.value.has_value() || !document.errors.empty(), "a document has a value or an error", "");
    for (const auto& error : document.errors)
      require(error.at.line > 0 && error.at.column > 0, "an error has a place", error.message);
    if (!document.value || !document.errors.empty()) continue;
    const auto written = argos::to_yaml(*document.value);
    const auto again = argos::read_yaml(written);
    require(again.size() == 1 && again[0].errors.empty() && again[0].value == document.value, "YAML comes back", written);
    require(argos::to_yaml(*again[0].value) == written, "writing is stable", written);
  }
}

void check_object(const argos::ManifestObject& object) {
  std::visit(
      [&](const auto& spec) {
        require(argos::validate(spec).empty(), "an object is valid", to_string(object.key));
        const auto text = argos::to_yaml(boost::json::object{{"apiVersion", "argos.edge/v1"},
                                                             {"kind", argos::names_of(object.key.kind).manifest},
                                                             {"metadata", {{"name", object.key.name}}},
                                                             {"spec", argos::to_json_value(spec)}});
        const auto again = argos::parse_manifest("again", text);
        require(again.objects.size() == 1 && again.errors.empty(), "an object comes back", text);
        require(again.objects[0].spec == object.spec, "an object comes back as the same", text);

        boost::json::object row;
        to_row(spec, row);
        auto back = spec;
        argos::FieldErrors errors;
        from_row(row, "spec", back, errors);
        require(errors.empty() && back == spec, "an object comes back from its row", text);
      },
      object.spec);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_yaml(text);
  const auto file = argos::parse_manifest("fuzz.yaml", text);
  for (const auto& error : file.errors) require(!error.text().empty() && !error.reason.empty(), "an error says something", "");
  if (!file.invalid.empty() || file.unreadable) require(!file.errors.empty(), "what is not read is an error", "");
  for (const auto& object : file.objects) check_object(object);
  return 0;
}
