// SPDX-License-Identifier: Apache-2.0
#include "model/schema.hpp"

#include "model/object.hpp"

namespace argos {
namespace {

boost::json::object name_schema(Kind kind) {
  if (const auto only = only_name(kind); !only.empty()) return {{"const", only}};
  return {{"type", "string"},
          {"pattern", "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"},
          {"description", "a lower-case DNS label; with kind it is the identity"}};
}

boost::json::object metadata_schema(Kind kind) {
  return {{"type", "object"},
          {"additionalProperties", false},
          {"properties", boost::json::object{{"name", name_schema(kind)}}},
          {"required", boost::json::array{"name"}}};
}

}  // namespace

boost::json::object manifest_schema(Kind kind) {
  boost::json::object spec = with_spec(kind, []<class Spec>() { return json_schema<Input<Spec>>(); });
  boost::json::object properties{
      {"apiVersion", {{"const", kApiVersion}}},
      {"kind", {{"const", names_of(kind).manifest}}},
      {"metadata", metadata_schema(kind)},
      {"spec", std::move(spec)},
  };
  return {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
          {"title", names_of(kind).manifest},
          {"type", "object"},
          {"additionalProperties", false},
          {"properties", std::move(properties)},
          {"required", boost::json::array{"apiVersion", "kind", "metadata", "spec"}}};
}

}  // namespace argos
