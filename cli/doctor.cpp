// SPDX-License-Identifier: Apache-2.0
// `doctor`: looks at everything that argos needs, also with nothing running, and says of each whether it is well.
#include "cli/doctor.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <iostream>

#include "cli/app.hpp"
#include "cli/client.hpp"
#include "cli/commands.hpp"
#include "model/text.hpp"

namespace argos {
namespace {

using Outcome = Diagnosis::Outcome;

constexpr std::array<Check, 26> kChecks{{
    {"configuration", check_configuration},
    {"data folder", check_data_folder, "DataWritable", "NotWritable"},
    {"space", check_space, "SpaceLeft", "SpaceLow"},
    {"database", check_database},
    {"database mode", check_database_mode, "DatabasePrivate", "OthersMayRead"},
    {"file system", check_file_system, "FileSystemLocal", "NetworkFileSystem"},
    {"backup folder", check_backup_folder, "BackupsWritable", "NotWritable"},
    {"Caddy's data", check_caddy_data},
    {"Caddy's log", check_caddy_log, "CaddyLogReadable", "NotReadable"},
    {"SELinux", check_selinux, "LabelsAllow", "SELinuxRefuses"},
    {"manifests", check_manifests},
    {"manual certificates", check_manual_certs},
    {"master key", check_master_key},
    {"argos", check_argos},
    {"controllers", check_controllers},
    {"objects", check_objects},
    {"Caddy", check_caddy},
    {"Caddy's version", check_caddy_version},
    {"CrowdSec", check_crowdsec},
    {"panel's domain", check_panel_domain, "PanelDomainResolves", "NoAddress"},
    {"HTTP port", check_http_port},
    {"HTTPS port", check_https_port},
    {"admin endpoint", check_admin_endpoint, "AdminEndpointPrivate", "OpenToAll"},
    {"tcp_migrate_req", check_migrate_req, "ConnectionsMigrate", "NotSet"},
    {"clock", check_clock, "ClockPlausible", "ClockWrong"},
    {"open files", check_open_files, "OpenFilesSuffice", "LimitLow"},
}};

struct Checked {
  std::string_view check;
  Diagnosis found;
};

std::string_view word(Outcome outcome) {
  switch (outcome) {
    case Outcome::warn: return "warn";
    case Outcome::fail: return "fail";
    case Outcome::ok: break;
  }
  return "ok";
}

std::string coloured(Outcome outcome) {
  constexpr std::size_t kWidth = 6;
  std::string out(word(outcome));
  out.resize(kWidth, ' ');
  if (!colours_wanted() || outcome == Outcome::ok) return out;
  return (outcome == Outcome::fail ? "\033[31m" : "\033[33m") + out + "\033[0m";
}

// `argos up` has its Caddy on a socket in the data folder; whoever asks with nothing set means that one.
Environment surroundings() {
  auto environment = client_environment();
  const auto folder = environment.find("ARGOS_DATA_DIR");
  const bool named = environment.contains("ARGOS_CADDY_ADMIN") || environment.contains("ARGOS_CADDY_ADMIN_FILE");
  if (named || folder == environment.end()) return environment;
  const auto socket = std::filesystem::absolute(folder->second).string() + "/caddy-admin.sock";
  std::error_code ignored;
  if (std::filesystem::exists(socket, ignored)) environment["ARGOS_CADDY_ADMIN"] = "unix://" + socket;
  return environment;
}

std::vector<Checked> examine() {
  const auto config = read_config(surroundings());
  if (!config) return {{"configuration", bad(config.error().message, config.error().hint + "; nothing else can be looked at")}};
  const auto patient = gather(*config);
  std::vector<Checked> out;
  for (const auto& check : kChecks) out.push_back({check.name, check.look(patient)});
  return out;
}

std::size_t count(const std::vector<Checked>& results, Outcome outcome) {
  return static_cast<std::size_t>(std::ranges::count(results, outcome, [](const auto& one) { return one.found.outcome; }));
}

void print_lines(const std::vector<Checked>& results) {
  constexpr std::size_t kLongest = 800;
  for (const auto& [check, found] : results) {
    std::cout << coloured(found.outcome) << check << ": " << shown(found.message, kLongest)
              << (found.hint.empty() ? "" : " (" + shown(found.hint, kLongest) + ")") << "\n";
  }
  const auto fails = count(results, Outcome::fail), warns = count(results, Outcome::warn);
  std::cout << results.size() << " checks: " << fails << " failed, " << warns << (warns == 1 ? " warning\n" : " warnings\n");
}

boost::json::object to_json(const std::vector<Checked>& results) {
  boost::json::array checks;
  for (const auto& [check, found] : results) {
    checks.push_back({{"check", check}, {"outcome", word(found.outcome)}, {"message", found.message}, {"hint", found.hint}});
  }
  return {{"ok", count(results, Outcome::fail) == 0}, {"checks", std::move(checks)}};
}

}  // namespace

std::span<const Check> doctor_checks() { return kChecks; }

std::vector<Observation> look_around(const Config& config) {
  Patient patient;
  patient.config = config;
  std::vector<Observation> out;
  for (const auto& check : kChecks) {
    if (!check.condition.empty()) out.push_back({std::string(check.condition), std::string(check.reason), check.look(patient)});
  }
  return out;
}

int doctor(Format format) {
  const auto results = examine();
  if (format == Format::table) {
    print_lines(results);
  } else {
    print(format, to_json(results));
  }
  return count(results, Outcome::fail) == 0 ? kDone : kFailed;
}

}  // namespace argos
