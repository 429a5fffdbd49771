// SPDX-License-Identifier: Apache-2.0
#include "runtime/volumes.hpp"

#include <filesystem>

#include "runtime/files.hpp"

namespace argos {

std::vector<Volume> volumes(const Config& config) {
  const auto logs = std::filesystem::path(config.caddy_access_log).parent_path();
  return {{"argos_data", "argos_panel_data", absolute_path(config.data_dir)},
          {"argos_backups", "argos_panel_backups", absolute_path(config.backup_dir)},
          {"caddy_data", "argos_caddy_data", absolute_path(config.caddy_data_dir)},
          {"caddy_config", "argos_caddy_config", ""},
          {"caddy_logs", "argos_caddy_logs", absolute_path(logs)},
          {"caddy_manual_certs", "argos_caddy_manual_certs", absolute_path(config.manual_certs_dir)},
          {"crowdsec_data", "argos_crowdsec_data", ""},
          {"crowdsec_config", "argos_crowdsec_config", ""}};
}

}  // namespace argos
