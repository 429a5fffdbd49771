// SPDX-License-Identifier: Apache-2.0
#include "test/support/crowdsec.hpp"

#include <csignal>

#include <spdlog/fmt/fmt.h>

namespace argos::test {
namespace {

std::string unpacked() {
  const std::string tree = ARGOS_SOURCE_DIR;
  auto said = shell(tree + "/scripts/some-crowdsec " + tree + "/build/crowdsec");
  if (said.status != 0) throw std::runtime_error("there is no CrowdSec to test with: " + said.out);
  while (said.out.ends_with('\n')) said.out.pop_back();
  return said.out;
}

}  // namespace

LocalApi::LocalApi() : root_(unpacked()) {
  const auto here = folder_.path().string();
  folder_.write("config.yaml", fmt::format(R"(common: {{daemonize: true, log_media: stdout, log_level: info, working_dir: {0}}}
config_paths: {{config_dir: {0}/, data_dir: {0}/, simulation_path: {0}/simulation.yaml, hub_dir: {1}/usr/share/crowdsec/hub/,
  index_path: {1}/usr/share/crowdsec/hub/.index.json, notification_dir: {0}/, plugin_dir: {0}/}}
cscli: {{hub_branch: master, output: human, color: "no"}}
db_config: {{log_level: info, type: sqlite, db_path: {0}/crowdsec.db, use_wal: true}}
api:
  client: {{credentials_path: {0}/credentials.yaml}}
  server: {{log_level: info, listen_uri: "127.0.0.1:{2}", profiles_path: {0}/profiles.yaml, console_path: {0}/console.yaml}}
prometheus: {{enabled: false}}
)",
                                           here, root_, port_));
  folder_.write("simulation.yaml", "simulation: false\n");
  folder_.write(
      "profiles.yaml",
      "name: default\nfilters: [\"Alert.Remediation == true\"]\ndecisions: [{type: ban, duration: 4h}]\non_success: break\n");
  folder_.write("credentials.yaml", "");
  cscli(fmt::format("machines add test --auto --force -f {}/credentials.yaml --url {}", here, url()));
}

void LocalApi::start() {
  process_.emplace(std::vector<std::string>{root_ + "/usr/bin/crowdsec", "-c", folder_ / "config.yaml", "-no-cs"},
                   std::map<std::string, std::string>{}, folder_.path().string(), folder_ / "log");
  if (!eventually([&] { return http(url(), "/health").status == 200; })) throw std::runtime_error(process_->log());
}

void LocalApi::kill() {
  process_->signal(SIGKILL);
  process_->wait();
}

void LocalApi::cscli(const std::string& arguments) const {
  const auto done = shell(root_ + "/usr/bin/cscli -c " + (folder_ / "config.yaml") + " " + arguments);
  if (done.status != 0) throw std::runtime_error("cscli " + arguments + ": " + done.out);
}

}  // namespace argos::test
