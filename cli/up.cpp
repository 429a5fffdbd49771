// SPDX-License-Identifier: Apache-2.0
#include "cli/up.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <spdlog/spdlog.h>

#include "cli/app.hpp"
#include "cli/env_file.hpp"
#include "cli/serve.hpp"
#include "controllers/accounts.hpp"
#include "controllers/caddy_process.hpp"
#include "runtime/files.hpp"
#include "runtime/lock.hpp"
#include "runtime/manager.hpp"
#include "runtime/rows.hpp"
#include "runtime/store.hpp"

namespace argos {
namespace fs = std::filesystem;
using namespace std::chrono_literals;
namespace {

constexpr const char* kExample = "manifests/example";
constexpr int kMostTries = 200;

bool is_free(int port) {
  for (const int family : {AF_INET, AF_INET6}) {
    const int probe = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (probe < 0) continue;
    const int on = 1;
    ::setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(static_cast<std::uint16_t>(port));
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = v4.sin_port;
    ::setsockopt(probe, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    const bool bound = family == AF_INET ? ::bind(probe, reinterpret_cast<const sockaddr*>(&v4), sizeof v4) == 0
                                         : ::bind(probe, reinterpret_cast<const sockaddr*>(&v6), sizeof v6) == 0;
    const bool no_such_family = errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT;
    ::close(probe);
    if (!bound && !no_such_family) return false;
  }
  return true;
}

// Caddy 2.6 makes its logs 0600, and keeps the mode of one that is there: the access log is for others to follow.
void make_log(const std::string& path) {
  constexpr mode_t kReadable = 0644;
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, kReadable);
  if (file >= 0) ::close(file);
}

int first_free(int from) {
  for (int port = from; port < from + kMostTries; ++port) {
    if (is_free(port)) return port;
  }
  return from;
}

// A socket of our own; in a folder whose path is too long for a socket's address it lies under /tmp, by the folder's hash.
std::string admin_socket(const std::string& folder) {
  constexpr std::size_t kLongest = 100;
  const auto path = folder + "/caddy-admin.sock";
  if (path.size() <= kLongest) return path;
  constexpr std::size_t kDigits = 16;
  const auto shorter =
      fs::temp_directory_path() / fmt::format("argos-{}-{}", ::geteuid(), sha256_hex(folder).substr(0, kDigits));
  fs::create_directory(shorter);
  fs::permissions(shorter, fs::perms::owner_all);
  return shorter.string() + "/caddy-admin.sock";
}

void add_defaults(Environment& environment, const std::string& folder) {
  environment["ARGOS_DATA_DIR"] = folder;
  environment["ARGOS_CADDY_ADMIN"] = "unix://" + admin_socket(folder);
  environment.emplace("ARGOS_CADDY_ACCESS_LOG", folder + "/log/access.log");
  environment.emplace("ARGOS_CADDY_ERRORS_LOG", folder + "/log/errors.log");
  std::error_code ignored;
  if (fs::is_directory(kExample, ignored)) environment.emplace("ARGOS_MANIFESTS_DIR", fs::absolute(kExample).string());
  constexpr int kHttp = 80, kHttps = 443, kHttpUnprivileged = 8081, kHttpsUnprivileged = 8443, kPanel = 8080;
  const bool privileged = ::geteuid() == 0 && is_free(kHttp) && is_free(kHttps);
  environment.emplace("ARGOS_HTTP_PORT", std::to_string(privileged ? kHttp : first_free(kHttpUnprivileged)));
  environment.emplace("ARGOS_HTTPS_PORT", std::to_string(privileged ? kHttps : first_free(kHttpsUnprivileged)));
  if (!environment.contains("ARGOS_LISTEN")) {
    const int port = first_free(kPanel);
    environment["ARGOS_LISTEN"] = fmt::format("127.0.0.1:{}", port);
    environment.emplace("ARGOS_PANEL_UPSTREAM", environment["ARGOS_LISTEN"]);
    if (port != kPanel) {
      std::cout << "port " << kPanel << " is taken, argos listens on " << port
                << ": the example's target group `panel` still says " << kPanel << "\n";
    }
  }
}

void print_addresses(const Config& config, Store& store, int panel_port) {
  std::vector<Object<Host>> hosts;
  (void)store.read([&](Database& database) -> Result<> {
    auto read = read_all<Host>(database);
    if (!read) return read.error();
    hosts = std::move(*read);
    return {};
  });
  std::cout << "\nCaddy serves:\n";
  for (const auto& host : hosts) {
    if (!host.spec.enabled || !host.errors.empty()) continue;
    const bool plain = host.spec.tls.mode == TlsMode::none;
    const int port = plain ? config.http_port : config.https_port;
    const bool usual = port == (plain ? 80 : 443);
    std::cout << "  " << (plain ? "http://" : "https://") << host.spec.domain << (usual ? "" : fmt::format(":{}", port))
              << "/\n";
  }
  const auto password = config.data_dir + "/" + InitialAdmin::kFileName;
  std::error_code none;
  std::cout << "\nthe panel: http://127.0.0.1:" << panel_port << "/\n";
  if (fs::exists(password, none))
    std::cout << "  user " << config.initial_admin_user << ", first password in " << password << "\n";
  std::cout << "\nlook:    build/argos status      change: edit a file in "
            << (config.manifests_dir.empty() ? "(no folder)" : config.manifests_dir)
            << "\nstop:    Ctrl-C                  data:   " << config.data_dir << "\n\n"
            << std::flush;
}

int fail(const Error& error, int status) {
  std::cerr << "argos: " << error.text() << "\n";
  return status;
}

}  // namespace

int up(const UpOptions& options) {
  const auto folder = fs::weakly_canonical(fs::absolute(options.data_dir.empty() ? "var" : options.data_dir)).string();
  std::error_code failed;
  fs::create_directories(folder + "/log", failed);
  if (failed)
    return fail(
        {"CannotWrite", fmt::format("cannot make {}: {}", folder, failed.message()), "choose another folder with --data"},
        kFailed);
  fs::permissions(folder, fs::perms::owner_all, failed);
  const auto made = make_env_file(kEnvFile);
  if (!made) return fail(made.error(), kFailed);
  if (*made) std::cout << "made ./" << kEnvFile << " with fresh secrets: keep a copy of it\n";
  if (const auto alone = Lock::take(folder + "/argos.lock"); !alone) return fail(alone.error(), kFailed);
  CaddyProcess::end_leftover(folder);

  auto environment = process_environment();
  add_env_file(kEnvFile, environment);
  add_defaults(environment, folder);
  auto config = read_config(environment);
  forget_secrets(environment);
  if (!config) return fail(config.error(), kUsage);
  make_log(config->caddy_access_log);
  make_log(config->caddy_errors_log);

  Companions companions;
  companions.add = [&](Manager& manager, Conditions& conditions, const Clock& clock) {
    const auto ended = [&manager] {
      if (auto* const controller = manager.find("caddy-process")) controller->mark(controller->key(), "Caddy has ended");
    };
    manager.add<CaddyProcess>(conditions, clock, CaddyProcess::Options{.folder = folder, .admin = config->caddy_admin}, ended)
        .before_store()
        .every(1s)
        .backoff({.first = 200ms, .most = 5s});
  };
  companions.all_ready = [&](Store& store, int panel_port) { print_addresses(*config, store, panel_port); };
  return serve(*config, companions);
}

}  // namespace argos
