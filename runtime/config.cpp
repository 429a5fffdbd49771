// SPDX-License-Identifier: Apache-2.0
#include "runtime/config.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <set>

#include <boost/url/parse.hpp>
#include <openssl/crypto.h>
#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include "model/account.hpp"
#include "model/nearest.hpp"
#include "model/validate.hpp"
#include "runtime/files.hpp"
#include "runtime/secret.hpp"

namespace argos {
namespace {

// What a variable's text becomes; the Result's error message says what is wrong with it, without the value where it is secret.
using Reader = std::function<Result<>(Config&, const std::string& text)>;
using Shower = std::function<std::string(const Config&)>;

struct Variable {
  std::string_view name;
  bool secret;
  Reader read;
  Shower show;
};

Error malformed(std::string_view what, std::string_view hint) {
  return {"Invalid", std::string(what), std::string(hint), Retry::never};
}

std::optional<int> to_port(std::string_view text, int least) {
  constexpr int kMost = 65535;
  int port = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (code != std::errc() || end != text.data() + text.size() || port < least || port > kMost) return std::nullopt;
  return port;
}

// A plain text member, taken as it is.
Variable text(std::string_view name, std::string Config::*member, bool secret = false) {
  return {name, secret,
          [member](Config& config, const std::string& value) -> Result<> {
            config.*member = value;
            return {};
          },
          [member](const Config& config) { return config.*member; }};
}

Variable one_of(std::string_view name, std::string Config::*member, std::vector<std::string> allowed) {
  Variable out = text(name, member);
  out.read = [member, allowed](Config& config, const std::string& value) -> Result<> {
    if (std::ranges::find(allowed, value) == allowed.end()) {
      std::string list;
      for (const auto& word : allowed) list += (list.empty() ? "" : ", ") + word;
      return malformed(fmt::format("'{}' is not known", value), "use one of " + list);
    }
    config.*member = value;
    return {};
  };
  return out;
}

Variable port(std::string_view name, int Config::*member) {
  return {name, false,
          [member](Config& config, const std::string& value) -> Result<> {
            const auto parsed = to_port(value, 1);
            if (!parsed) return malformed(fmt::format("'{}' is not a port", value), "use a number from 1 to 65535");
            config.*member = *parsed;
            return {};
          },
          [member](const Config& config) { return std::to_string(config.*member); }};
}

Variable web_address(std::string_view name, std::string Config::*member) {
  Variable out = text(name, member);
  out.read = [member](Config& config, const std::string& value) -> Result<> {
    const auto url = boost::urls::parse_uri(value);
    if (!url || (url->scheme() != "http" && url->scheme() != "https") || url->host().empty()) {
      return malformed(fmt::format("'{}' is not a web address", value), "write https://host/path");
    }
    config.*member = value;
    return {};
  };
  return out;
}

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> out;
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    auto item = list.substr(0, comma);
    while (item.starts_with(' ')) item.remove_prefix(1);
    while (item.ends_with(' ')) item.remove_suffix(1);
    if (!item.empty()) out.emplace_back(item);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return out;
}

std::string join(const std::vector<std::string>& items) {
  std::string out;
  for (const auto& item : items) out += (out.empty() ? "" : ",") + item;
  return out;
}

std::string join(const std::vector<Network>& networks) {
  std::string out;
  for (const auto& network : networks) out += (out.empty() ? "" : ",") + network.text;
  return out;
}

bool is_master_key(std::string_view key) {
  constexpr std::size_t kDigits = 64;
  return key.size() == kDigits && key.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

// A malformed master key is no reason not to serve (contract §2): a warning, and no key.
Variable master_key() {
  Variable out = text("ARGOS_MASTER_KEY", &Config::master_key, true);
  out.read = [](Config& config, const std::string& value) -> Result<> {
    if (is_master_key(value)) {
      config.master_key = value;
    } else if (!value.empty()) {
      config.warnings.emplace_back(
          "ARGOS_MASTER_KEY is not 64 hexadecimal characters: argos runs without it, and what needs it says so");
    }
    return {};
  };
  return out;
}

Variable previous_keys() {
  return {"ARGOS_MASTER_KEY_PREVIOUS", true,
          [](Config& config, const std::string& value) -> Result<> {
            for (auto& key : split(value)) {
              if (!is_master_key(key))
                return malformed("one of its keys is not 64 hexadecimal characters", "separate keys by commas");
              config.master_key_previous.push_back(std::move(key));
            }
            return {};
          },
          [](const Config& config) { return join(config.master_key_previous); }};
}

Variable session_secret() {
  Variable out = text("ARGOS_SESSION_SECRET", &Config::session_secret, true);
  out.read = [](Config& config, const std::string& value) -> Result<> {
    constexpr std::size_t kLeast = 32;
    if (value.size() < kLeast) return malformed("is shorter than 32 bytes", "make one: openssl rand -hex 32");
    config.session_secret = value;
    return {};
  };
  return out;
}

// In a sentence that begins with the variable's name.
Result<> sound(const FieldErrors& errors) {
  if (errors.empty()) return {};
  return malformed("is not usable: " + errors.front().message, errors.front().hint);
}

Variable initial_admin_user() {
  Variable out = text("ARGOS_INITIAL_ADMIN_USER", &Config::initial_admin_user);
  out.read = [](Config& config, const std::string& value) -> Result<> {
    config.initial_admin_user = value;
    return sound(validate_user_name(value));
  };
  return out;
}

// One that is easy to guess is taken, and must be changed at the first login.
Variable initial_admin_password() {
  Variable out = text("ARGOS_INITIAL_ADMIN_PASSWORD", &Config::initial_admin_password, true);
  out.read = [](Config& config, const std::string& value) -> Result<> {
    config.initial_admin_password = value;
    return sound(validate_password_form(value));
  };
  return out;
}

Variable admin_endpoint() {
  return {"ARGOS_CADDY_ADMIN", false,
          [](Config& config, const std::string& value) -> Result<> {
            auto parsed = Endpoint::parse(value);
            if (!parsed) return parsed.error();
            config.caddy_admin = *parsed;
            return {};
          },
          [](const Config& config) { return config.caddy_admin.text(); }};
}

// ":8080", "127.0.0.1:8080", "[::1]:8080".
Result<ListenAddress> parse_listen(std::string_view value) {
  const Error wrong =
      malformed(fmt::format("'{}' is not an address to listen on", value), "write :8080, 127.0.0.1:8080 or [::1]:8080");
  const auto colon = value.rfind(':');
  if (colon == std::string_view::npos) return wrong;
  const auto parsed = to_port(value.substr(colon + 1), 0);
  auto host = value.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return wrong;
  }
  if (!parsed) return wrong;
  return ListenAddress{std::string(host), *parsed};
}

std::string show_listen(const ListenAddress& listen) {
  const bool brackets = listen.host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", brackets ? "[" : "", listen.host, brackets ? "]" : "", listen.port);
}

Variable listen() {
  return {"ARGOS_LISTEN", false,
          [](Config& config, const std::string& value) -> Result<> {
            auto parsed = parse_listen(value);
            if (!parsed) return parsed.error();
            config.listen = *parsed;
            return {};
          },
          [](const Config& config) { return show_listen(config.listen); }};
}

Variable host_and_port_text(std::string_view name, std::string Config::*member) {
  Variable out = text(name, member);
  out.read = [member](Config& config, const std::string& value) -> Result<> {
    const auto parsed = parse_listen(value);
    if (!parsed || parsed->host.empty() || parsed->port == 0)
      return malformed(fmt::format("'{}' is not host:port", value), "write 127.0.0.1:8080");
    config.*member = value;
    return {};
  };
  return out;
}

// Visitors type it, so no wildcard.
Variable panel_domain() {
  Variable out = text("ARGOS_PANEL_DOMAIN", &Config::panel_domain);
  out.read = [](Config& config, const std::string& value) -> Result<> {
    const auto domain = ascii_domain(value);
    if (!domain || domain->starts_with("*."))
      return malformed(fmt::format("'{}' is not one domain", value), "write panel.example.com");
    config.panel_domain = *domain;
    return {};
  };
  return out;
}

Variable panel_upstream() {
  return {"ARGOS_PANEL_UPSTREAM", false,
          [](Config& config, const std::string& value) -> Result<> {
            auto parsed = parse_listen(value);
            if (!parsed || parsed->port == 0 || !target_host(parsed->host))
              return malformed(fmt::format("'{}' is not host:port", value), "write 127.0.0.1:8080, as Caddy reaches argos");
            config.panel_upstream = std::move(*parsed);
            return {};
          },
          [](const Config& config) { return show_listen(config.panel_upstream); }};
}

Variable trusted_proxies() {
  return {"ARGOS_TRUSTED_PROXIES", false,
          [](Config& config, const std::string& value) -> Result<> {
            for (const auto& item : split(value)) {
              auto network = parse_network(item);
              if (!network) return malformed(fmt::format("'{}' is no address or network", item), "write 127.0.0.1,10.0.0.0/8");
              config.trusted_proxies.push_back(std::move(*network));
            }
            return {};
          },
          [](const Config& config) { return join(config.trusted_proxies); }};
}

// "2GiB", "500MiB", "1048576".
std::optional<std::uint64_t> parse_size(std::string_view value) {
  std::uint64_t number = 0;
  const auto [end, code] = std::from_chars(value.data(), value.data() + value.size(), number);
  const std::string_view unit(end, static_cast<std::size_t>(value.data() + value.size() - end));
  const std::map<std::string_view, unsigned> shifts{{"", 0}, {"B", 0}, {"KiB", 10}, {"MiB", 20}, {"GiB", 30}};
  const auto shift = shifts.find(unit);
  constexpr std::uint64_t kMost = 1ULL << 32U;
  if (code != std::errc() || shift == shifts.end() || number == 0 || number > kMost) return std::nullopt;
  return number << shift->second;
}

Variable max_upload() {
  return {"ARGOS_MAX_UPLOAD", false,
          [](Config& config, const std::string& value) -> Result<> {
            const auto size = parse_size(value);
            if (!size) return malformed(fmt::format("'{}' is not a size", value), "write 2GiB, 500MiB or a number of bytes");
            config.max_upload = *size;
            return {};
          },
          [](const Config& config) { return std::to_string(config.max_upload); }};
}

const std::vector<Variable>& variables() {
  static const std::vector<Variable> kVariables{
      text("ARGOS_DATA_DIR", &Config::data_dir),
      text("ARGOS_DB_PATH", &Config::db_path),
      text("ARGOS_BACKUP_DIR", &Config::backup_dir),
      text("ARGOS_MANUAL_CERTS_DIR", &Config::manual_certs_dir),
      text("ARGOS_CADDY_MANUAL_CERTS_DIR", &Config::caddy_manual_certs_dir),
      text("ARGOS_CADDY_DATA_DIR", &Config::caddy_data_dir),
      admin_endpoint(),
      host_and_port_text("ARGOS_CADDY_TLS_ADDR", &Config::caddy_tls_addr),
      text("ARGOS_CADDY_ACCESS_LOG", &Config::caddy_access_log),
      text("ARGOS_CADDY_ERRORS_LOG", &Config::caddy_errors_log),
      text("ARGOS_MANIFESTS_DIR", &Config::manifests_dir),
      listen(),
      port("ARGOS_HTTP_PORT", &Config::http_port),
      port("ARGOS_HTTPS_PORT", &Config::https_port),
      master_key(),
      previous_keys(),
      session_secret(),
      initial_admin_user(),
      initial_admin_password(),
      one_of("ARGOS_PANEL_MODE", &Config::panel_mode, {"lan", "behind_caddy"}),
      panel_domain(),
      panel_upstream(),
      trusted_proxies(),
      text("ARGOS_METRICS_TOKEN", &Config::metrics_token, true),
      max_upload(),
      web_address("ARGOS_ACME_CA_URL", &Config::acme_ca_url),
      text("ARGOS_ACME_CA_ROOT", &Config::acme_ca_root),
      web_address("CROWDSEC_LAPI_URL", &Config::crowdsec_lapi_url),
      web_address("CROWDSEC_APPSEC_URL", &Config::crowdsec_appsec_url),
      text("CROWDSEC_BOUNCER_API_KEY", &Config::crowdsec_bouncer_api_key, true),
      one_of("ARGOS_LOG_LEVEL", &Config::log_level, {"trace", "debug", "info", "warn", "error"}),
      one_of("ARGOS_LOG_FORMAT", &Config::log_format, {"text", "json"}),
  };
  return kVariables;
}

bool is_secret(std::string_view name) {
  const auto& all = variables();
  return std::ranges::any_of(all, [&](const Variable& variable) { return variable.secret && variable.name == name; });
}

constexpr std::string_view kFileSuffix = "_FILE";

// The variable's text and where it came from; none when it is not set. An empty value counts as not set, as compose files have it.
Result<std::optional<std::string>> value_of(const Environment& environment, std::string_view name) {
  const auto direct = environment.find(std::string(name));
  const auto file = environment.find(std::string(name) + std::string(kFileSuffix));
  const bool has_direct = direct != environment.end() && !direct->second.empty();
  const bool has_file = file != environment.end() && !file->second.empty();
  if (has_direct && has_file) return malformed("and its _FILE form are both set", "unset one of them");
  if (has_direct) return std::optional(direct->second);
  if (!has_file) return std::optional<std::string>{};
  constexpr std::uint64_t kLargest = 1U << 16U;
  auto contents = read_file(file->second, kLargest);
  if (!contents) return malformed("_FILE: " + contents.error().message, "");
  if (contents->ends_with('\n')) contents->pop_back();
  if (contents->ends_with('\r')) contents->pop_back();
  return std::optional(std::move(*contents));
}

void warn_of_unknown(const Environment& environment, Config& config) {
  std::vector<std::string_view> known;
  for (const auto& variable : variables()) known.push_back(variable.name);
  for (const auto& [name, value] : environment) {
    if (!name.starts_with("ARGOS_") || name.starts_with("ARGOS_TEST_")) continue;
    std::string_view bare = name;
    if (bare.ends_with(kFileSuffix)) bare.remove_suffix(kFileSuffix.size());
    if (std::ranges::find(known, bare) != known.end()) continue;
    const auto close = nearest(bare, known);
    config.warnings.push_back(
        fmt::format("{} is not a variable of argos{}", name, close ? fmt::format(": did you mean {}?", *close) : ""));
  }
}

// On this machine the one is the other; elsewhere ports may be mapped.
void warn_of_upstream(Config& config) {
  const auto& upstream = config.panel_upstream;
  const bool is_here = upstream.host == "localhost" || upstream.host == "::1" || upstream.host.starts_with("127.");
  if (!config.is_behind_caddy() || !is_here || upstream.port == config.listen.port) return;
  config.warnings.push_back(fmt::format("ARGOS_PANEL_UPSTREAM is {}, but ARGOS_LISTEN is {}: Caddy will not reach the panel",
                                        show_listen(upstream), show_listen(config.listen)));
}

void fill_defaults(Config& config) {
  const auto in_data = [&](std::string& path, const char* name) {
    if (path.empty()) path = config.data_dir + "/" + name;
  };
  in_data(config.db_path, "argos.db");
  in_data(config.backup_dir, "backups");
  in_data(config.manual_certs_dir, "manual-certs");
  in_data(config.caddy_data_dir, "caddy");
  if (config.caddy_manual_certs_dir.empty()) config.caddy_manual_certs_dir = config.manual_certs_dir;
  if (config.caddy_tls_addr.empty()) {
    const std::string host = config.caddy_admin.is_socket() ? "127.0.0.1" : config.caddy_admin.host;
    config.caddy_tls_addr = fmt::format("{}:{}", host, config.https_port);
  }
}

}  // namespace

Environment process_environment() {
  Environment out;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) out.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

void forget_secrets(Environment& environment) {
  for (auto& [name, value] : environment) {
    if (is_secret(name)) wipe(value);
  }
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals == std::string_view::npos || !is_secret(text.substr(0, equals))) continue;
    OPENSSL_cleanse(*entry + equals + 1, text.size() - equals - 1);
  }
}

Result<Config> read_config(const Environment& environment) {
  Config config;
  config.caddy_admin = *Endpoint::parse("http://localhost:2019");
  for (const auto& variable : variables()) {
    const auto named = [&](const Error& error) {
      return Error{"Invalid", fmt::format("{} {}", variable.name, error.message), error.hint, Retry::never};
    };
    auto value = value_of(environment, variable.name);
    if (!value) return named(value.error());
    if (!*value) continue;
    const auto read = variable.read(config, **value);
    if (variable.secret) wipe(**value);
    if (!read) return named(read.error());
  }
  if (config.is_behind_caddy() && config.panel_domain.empty()) {
    return Error{"Invalid", "ARGOS_PANEL_DOMAIN is not set, and ARGOS_PANEL_MODE=behind_caddy needs it",
                 "name the panel's domain", Retry::never};
  }
  if (config.http_port == config.https_port) {
    return Error{"Invalid", "ARGOS_HTTP_PORT and ARGOS_HTTPS_PORT are the same", "choose two ports", Retry::never};
  }
  fill_defaults(config);
  warn_of_unknown(environment, config);
  warn_of_upstream(config);
  return config;
}

std::vector<ConfigRow> describe_config(const Config& config, const Environment& environment) {
  std::vector<ConfigRow> rows;
  for (const auto& variable : variables()) {
    const auto is_set = [&](const std::string& name) {
      const auto held = environment.find(name);
      return held != environment.end() && !held->second.empty();
    };
    const std::string name(variable.name);
    std::string value = variable.show(config);
    if (variable.secret && !value.empty()) value = "(set)";
    const char* source = is_set(name) ? "environment" : is_set(name + std::string(kFileSuffix)) ? "file" : "default";
    rows.push_back({name, std::move(value), source});
  }
  return rows;
}

}  // namespace argos
