// SPDX-License-Identifier: Apache-2.0
// Desired state as text: YAML documents -> objects, each error with its file, line and column.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <boost/json.hpp>

#include "manifests/yaml.hpp"
#include "model/field_error.hpp"
#include "model/object.hpp"

namespace argos {

struct ManifestError {
  std::string file;
  Position at;
  std::string reason;   // as in FieldError, or NotYaml, TooLarge, NotUtf8, RepeatedKey, …
  std::string message;  // with the field's path where there is one
  std::string hint;

  // "app.yaml:7:3: spec.domian: is not a field here (did you mean domain?)"
  std::string text() const;
};

// One object of one document.
struct ManifestObject {
  Key key;
  std::string file;
  Position at;  // where its document starts
  // A certificate as it was written, until what it refers to is read.
  std::variant<Host, TargetGroup, Settings, CertificateInput, Certificate, BackupPolicy> spec;
  boost::json::object spec_json;  // as it was written, for `apply`
};

struct ManifestFile {
  std::string file;  // relative to the folder
  std::vector<ManifestObject> objects;  // valid ones
  std::vector<ManifestError> errors;
  std::vector<Key> invalid;  // objects that are named but not valid: their rows stay as they are
  bool unreadable = false;   // some document could not even be named: every object that came from this file stays as it is
};

constexpr std::uint64_t kLargestManifest = 1U << 20U;  // bytes a file (contract §5)

// Never throws, ends for every input, holds memory in proportion to the input.
ManifestFile parse_manifest(std::string file, std::string_view text);

// Where the value at `path` ("spec.targets[0].port") of the object whose document starts at `start` stands in that text: for what is
// found wrong later. Reads the text anew.
Position place_in_manifest(std::string_view text, Position start, std::string_view path);

}  // namespace argos
