// SPDX-License-Identifier: Apache-2.0
// The volumes of the containers, and the folders that they are here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/config.hpp"

namespace argos {

struct Volume {
  std::string_view name;       // in the compose file: "argos_data"
  std::string_view host_name;  // as `docker volume ls` shows it: "argos_panel_data"
  std::string folder;          // here, absolute; empty: argos does not have it
};
std::vector<Volume> volumes(const Config& config);

}  // namespace argos
