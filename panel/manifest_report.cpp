// SPDX-License-Identifier: Apache-2.0
#include "panel/manifest_report.hpp"

#include <boost/json.hpp>

namespace argos {
namespace {

using boost::json::array;
using boost::json::value;

const value* member(const value* of, std::string_view name) {
  return of != nullptr && of->is_object() ? of->get_object().if_contains(name) : nullptr;
}

const array& list(const value* of, std::string_view name) {
  static const array kNone;
  const auto* const found = member(of, name);
  return found != nullptr && found->is_array() ? found->get_array() : kNone;
}

bool says(const value& of, std::string_view name, std::string_view text) {
  const auto* const found = member(&of, name);
  return found != nullptr && found->is_string() && std::string_view(found->get_string()) == text;
}

}  // namespace

value line_in_manifest(const Reports& reports, const std::string& file, const Key& key) {
  for (const auto& one : list(reports.find("manifests"), "files")) {
    if (!says(one, "file", file)) continue;
    for (const auto& declared : list(&one, "objects")) {
      if (!says(declared, "kind", names_of(key.kind).manifest) || !says(declared, "name", key.name)) continue;
      const auto* const line = member(&declared, "line");
      return line == nullptr ? value() : *line;
    }
  }
  return nullptr;
}

}  // namespace argos
