// SPDX-License-Identifier: Apache-2.0
#include "cli/env_file.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>

#include <spdlog/fmt/fmt.h>

#include "cli/app.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "runtime/files.hpp"
#include "runtime/random.hpp"

namespace argos {

Result<bool> make_env_file(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::exists(std::filesystem::symlink_status(path, ignored))) return false;
  constexpr std::size_t kKeyBytes = 32;
  const auto text = fmt::format(
      "# The secrets of this argos. Keep a copy away from this machine: without ARGOS_MASTER_KEY no sealed secret in a backup "
      "opens.\n"
      "ARGOS_MASTER_KEY={}\n"
      "ARGOS_SESSION_SECRET={}\n"
      "# Two bouncers' keys, which CrowdSec takes at its start: argos' own, and Caddy's. See docs/crowdsec.md.\n"
      "CROWDSEC_BOUNCER_API_KEY={}\n"
      "CROWDSEC_CADDY_API_KEY={}\n",
      random_hex(kKeyBytes), random_hex(kKeyBytes), random_hex(kKeyBytes), random_hex(kKeyBytes));
  constexpr unsigned kOwnersAlone = 0600;
  if (auto written = write_atomically(path, text, kOwnersAlone); !written) return written.error();
  return true;
}

void add_env_file(const std::string& path, Environment& environment) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const auto equals = line.find('=');
    if (line.starts_with('#') || equals == std::string::npos) continue;
    std::string value = line.substr(equals + 1);
    if (value.ends_with('\r')) value.pop_back();
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front()) {
      value = value.substr(1, value.size() - 2);
    }
    environment.emplace(line.substr(0, equals), value);
  }
}

int init(const std::string& path) {
  const auto made = make_env_file(path);
  if (!made) return fail(made.error());
  if (!*made)
    return fail({"AlreadyThere", path + " is there already: its secrets are not replaced",
                 "to begin anew, move it away; what lies sealed under its ARGOS_MASTER_KEY opens with that key alone"});
  std::cout << "made " << path << " with fresh secrets: keep a copy of it away from this machine\n";
  return kDone;
}

}  // namespace argos
