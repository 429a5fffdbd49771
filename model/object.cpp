// SPDX-License-Identifier: Apache-2.0
#include "model/object.hpp"

namespace argos {

std::string comes_from_environment(const Key& key) {
  const auto* const variable = key.kind == Kind::target_group ? "ARGOS_PANEL_UPSTREAM" : "ARGOS_PANEL_DOMAIN";
  return to_string(key) + " is argos' own: it comes from " + variable + " and ARGOS_PANEL_MODE in the environment";
}

}  // namespace argos
