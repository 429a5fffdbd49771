// SPDX-License-Identifier: Apache-2.0
// What `doctor` looks at, and its checks: each a small function of what was gathered, in one table.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "model/caddy_config.hpp"
#include "runtime/config.hpp"

namespace argos {

// What a check found. The message says what and where; the hint what to do.
struct Diagnosis {
  enum class Outcome { ok, warn, fail };
  Outcome outcome = Outcome::ok;
  std::string message;
  std::string hint;
};

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
};
std::span<const Check> doctor_checks();

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

inline Diagnosis fine(std::string message) { return {Diagnosis::Outcome::ok, std::move(message), {}}; }
inline Diagnosis warn(std::string message, std::string hint) {
  return {Diagnosis::Outcome::warn, std::move(message), std::move(hint)};
}
inline Diagnosis bad(std::string message, std::string hint) {
  return {Diagnosis::Outcome::fail, std::move(message), std::move(hint)};
}

}  // namespace argos
