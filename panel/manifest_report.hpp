// SPDX-License-Identifier: Apache-2.0
// What the manifests controller publishes under "manifests": {folder, files: [{file, objects, errors}], errorCount}.
#pragma once

#include <cstddef>
#include <string>

#include "model/kind.hpp"
#include "runtime/reports.hpp"

namespace argos {

inline std::size_t manifest_errors(const Reports& reports) {
  const auto* const report = reports.find("manifests");
  const auto* const object = report == nullptr ? nullptr : report->if_object();
  const auto* const count = object == nullptr ? nullptr : object->if_contains("errorCount");
  return count == nullptr || !count->is_number() ? 0 : count->to_number<std::size_t>();
}

// Where a file declares the object; null where that is not known.
boost::json::value line_in_manifest(const Reports& reports, const std::string& file, const Key& key);

}  // namespace argos
