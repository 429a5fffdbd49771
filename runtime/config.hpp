// SPDX-License-Identifier: Apache-2.0
// The environment, read once: every ARGOS_* variable of the contract, checked, with its default.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/error.hpp"
#include "model/network.hpp"
#include "runtime/http_client.hpp"

namespace argos {

struct ListenAddress {
  std::string host;  // empty: all addresses
  int port = 8080;   // 0: any free one
};

struct Config {
  std::string data_dir = "/data";
  std::string db_path;
  std::string backup_dir;
  std::string manual_certs_dir;
  std::string caddy_manual_certs_dir;
  std::string caddy_data_dir;
  Endpoint caddy_admin;
  std::string caddy_tls_addr;
  std::string caddy_access_log = "/var/log/caddy/access.log";
  std::string caddy_errors_log = "/var/log/caddy/errors.log";
  std::string manifests_dir;  // empty: none
  ListenAddress listen;
  int http_port = 80;
  int https_port = 443;
  std::string master_key;  // 64 hex characters or empty
  std::vector<std::string> master_key_previous;
  std::string session_secret;
  std::string initial_admin_user = "admin";
  std::string initial_admin_password;
  std::string panel_mode = "lan";
  std::string panel_domain;  // as DNS sees it
  ListenAddress panel_upstream{"127.0.0.1", 8080};  // where Caddy reaches the panel
  std::vector<Network> trusted_proxies;
  std::string metrics_token;
  std::uint64_t max_upload = 2ULL << 30U;
  std::string acme_ca_url;
  std::string acme_ca_root;
  std::string crowdsec_lapi_url;
  std::string crowdsec_bouncer_api_key;
  std::string crowdsec_appsec_url;
  std::string log_level = "info";
  std::string log_format = "text";

  std::vector<std::string> warnings;  // unknown variables, a master key that is malformed, …

  bool is_behind_caddy() const { return panel_mode == "behind_caddy"; }
  std::string socket_path() const { return data_dir + "/argos.sock"; }
  std::string lock_path() const { return data_dir + "/argos.lock"; }
};

using Environment = std::map<std::string, std::string>;
Environment process_environment();
// Once they are read: wipes the values of secret variables there, and in the environment of this process, where the copies come from.
void forget_secrets(Environment& environment);

// The error names the variable. `X_FILE` is read here.
Result<Config> read_config(const Environment& environment);

// What is in force, for `argos config`: name, value (secrets as "set" or ""), whether it is the default.
struct ConfigRow {
  std::string name, value, source;  // source: default, environment, file
};
std::vector<ConfigRow> describe_config(const Config& config, const Environment& environment);

}  // namespace argos
