// SPDX-License-Identifier: Apache-2.0
// What `doctor` looks at, and its checks: each a small function of what was gathered, in one table.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "controllers/surroundings.hpp"
#include "model/caddy_config.hpp"
#include "model/diagnosis.hpp"
#include "runtime/config.hpp"

namespace argos {

// What is asked over a socket or the network, once for all checks.
struct Patient {
  Config config;
  std::optional<std::string> held_by;  // who holds argos.lock; none: nobody
  Result<boost::json::value> status = Error{"NotRunning", ""};        // the running argos' own
  Result<boost::json::value> keys = Error{"NotRunning", ""};          // what lies sealed under which master key
  Result<boost::json::value> caddy = Error{"CaddyUnreachable", ""};   // the configuration that Caddy runs
  std::optional<CaddyAbilities> abilities;
  std::string proc = "/proc";
  WallTime now = std::chrono::system_clock::now();
};
Patient gather(const Config& config);

struct Check {
  std::string_view name;
  Diagnosis (*look)(const Patient& patient);
  // Of the controller `surroundings`, and its reason where it is not True. None: what runs has conditions of its own for it, or it cannot
  // be seen from within.
  std::string_view condition = {};
  std::string_view reason = {};
};
std::span<const Check> doctor_checks();
// Those that are conditions, as they are now, for an argos that runs.
std::vector<Observation> look_around(const Config& config);

// doctor_data.cpp
Diagnosis check_configuration(const Patient& patient);
Diagnosis check_data_folder(const Patient& patient);
Diagnosis check_space(const Patient& patient);
Diagnosis check_database(const Patient& patient);
Diagnosis check_database_mode(const Patient& patient);
Diagnosis check_manifests(const Patient& patient);
Diagnosis check_manual_certs(const Patient& patient);
Diagnosis check_master_key(const Patient& patient);
// doctor_running.cpp
Diagnosis check_argos(const Patient& patient);
Diagnosis check_controllers(const Patient& patient);
Diagnosis check_objects(const Patient& patient);
Diagnosis check_caddy(const Patient& patient);
Diagnosis check_caddy_version(const Patient& patient);
// doctor_system.cpp
Diagnosis check_http_port(const Patient& patient);
Diagnosis check_https_port(const Patient& patient);
Diagnosis check_admin_endpoint(const Patient& patient);
Diagnosis check_migrate_req(const Patient& patient);
Diagnosis check_clock(const Patient& patient);
Diagnosis check_open_files(const Patient& patient);

// doctor_volumes.cpp
Diagnosis check_file_system(const Patient& patient);
Diagnosis check_backup_folder(const Patient& patient);
Diagnosis check_caddy_data(const Patient& patient);
Diagnosis check_caddy_log(const Patient& patient);
Diagnosis check_selinux(const Patient& patient);
Diagnosis check_crowdsec(const Patient& patient);
Diagnosis check_panel_domain(const Patient& patient);
std::optional<std::string> network_file_system(std::int64_t magic);

}  // namespace argos
