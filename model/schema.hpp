// SPDX-License-Identifier: Apache-2.0
// JSON Schema (2020-12) of whole manifests, for editors and `argos schema`.
#pragma once

#include <boost/json/object.hpp>

#include "model/kind.hpp"

namespace argos {

inline constexpr std::string_view kApiVersion = "argos.edge/v1";

// apiVersion, kind, metadata and spec of that kind, from the same description that reads it.
boost::json::object manifest_schema(Kind kind);

}  // namespace argos
