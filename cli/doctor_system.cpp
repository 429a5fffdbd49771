// SPDX-License-Identifier: Apache-2.0
// The doctor's checks of the machine: ports, who may reach Caddy's admin endpoint, kernel settings, clock, limits.
#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <set>

#include <spdlog/fmt/fmt.h>

#include "cli/doctor.hpp"
#include "cli/output.hpp"
#include "runtime/listeners.hpp"

namespace argos {
namespace {

// Caddy shares this machine's network; else nothing of its ports can be seen from here.
bool is_here(const Endpoint& admin) {
  return admin.is_socket() || admin.host == "localhost" || admin.host == "::1" || admin.host.starts_with("127.");
}

bool is_private(std::string_view host) {
  for (const auto* const range : {"127.", "10.", "192.168.", "169.254.", "fc", "fd", "fe80:"}) {
    if (host.starts_with(range) && (range[0] != 'f' || host.find(':') != std::string_view::npos)) return true;
  }
  constexpr int kFirst = 16, kLast = 31;
  for (int second = kFirst; second <= kLast; ++second) {
    if (host.starts_with(fmt::format("172.{}.", second))) return true;
  }
  return host == "::1";
}

bool is_address(std::string_view host) {
  return host.find(':') != std::string_view::npos || host.find_first_not_of("0123456789.") == std::string_view::npos;
}

const boost::json::object& servers_of(const Patient& patient) {
  static const boost::json::object kNone;
  const auto* const servers = patient.caddy ? value_at(*patient.caddy, {"apps", "http", "servers"}) : nullptr;
  return servers != nullptr && servers->is_object() ? servers->get_object() : kNone;
}

// The running configuration has a site on that port.
bool is_told(const Patient& patient, int port) {
  const auto suffix = fmt::format(":{}", port);
  return std::ranges::any_of(servers_of(patient), [&](const auto& server) {
    return std::ranges::any_of(list_at(server.value(), {"listen"}), [&](const auto& address) {
      return address.is_string() && std::string_view(address.get_string()).ends_with(suffix);
    });
  });
}

std::string who_listens(const Patient& patient, const std::vector<Listener>& listeners) {
  std::set<std::string> names;
  for (const auto& listener : listeners) {
    const auto process = process_of(listener.inode, patient.proc);
    names.insert(process ? fmt::format("{} (pid {})", process->name, process->pid) : "somebody whom this user may not see");
  }
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

Diagnosis check_port(const Patient& patient, int port, const char* variable) {
  if (!is_here(patient.config.caddy_admin))
    return fine(fmt::format("{}: Caddy is elsewhere, it cannot be seen from here", port));
  const auto listeners = listeners_on(port, patient.proc);
  const bool told = is_told(patient, port);
  if (listeners.empty()) {
    if (!told) return fine(fmt::format("{} is free: Caddy takes it when it is told to", port));
    return bad(fmt::format("Caddy is told to listen on {}, and nobody listens there", port), "Caddy's log may say why");
  }
  const auto who = who_listens(patient, listeners);
  if (told) return fine(fmt::format("{} listens on {}, as Caddy is told", who, port));
  const auto taken = fmt::format("{} is taken by {}, and Caddy is not told to listen there", port, who);
  const auto hint = fmt::format("end that program, or choose another port in {}", variable);
  return servers_of(patient).empty() ? bad(taken, hint) : warn(taken + ": no site needs it now", hint);
}

std::string first_word(const std::string& path) {
  std::ifstream file(path);
  std::string word;
  file >> word;
  return word;
}

}  // namespace

Diagnosis check_http_port(const Patient& patient) { return check_port(patient, patient.config.http_port, "ARGOS_HTTP_PORT"); }
Diagnosis check_https_port(const Patient& patient) {
  return check_port(patient, patient.config.https_port, "ARGOS_HTTPS_PORT");
}

Diagnosis check_admin_endpoint(const Patient& patient) {
  const auto& admin = patient.config.caddy_admin;
  if (admin.is_socket()) return fine("a socket: nobody reaches it over a network");
  if (!is_here(admin)) {
    if (is_address(admin.host) && !is_private(admin.host)) {
      return warn(admin.text() + " is a public address: whoever reaches it may change everything that Caddy serves",
                  "put it on a private network");
    }
    return fine(admin.text() + " is elsewhere: see that only argos reaches it");
  }
  const auto listeners = listeners_on(admin.port, patient.proc);
  const auto open = std::ranges::find_if(listeners, &Listener::everywhere);
  if (open == listeners.end()) return fine(listeners.empty() ? "nobody listens there" : "only this machine reaches it");
  return warn(
      fmt::format("Caddy's admin endpoint listens on every address ({}:{}): whoever reaches this machine may change everything",
                  open->address, open->port),
      "have it listen on localhost or a socket");
}

Diagnosis check_migrate_req(const Patient& patient) {
  if (!is_here(patient.config.caddy_admin)) return fine("Caddy is elsewhere: its own network's setting counts");
  const auto setting = first_word(patient.proc + "/sys/net/ipv4/tcp_migrate_req");
  if (setting == "1") return fine("net.ipv4.tcp_migrate_req is 1: connections that arrive during a reload are passed on");
  const std::string harm = ": Caddy 2.6 resets a few fresh connections at each reload";
  if (setting.empty()) return warn("this kernel has no net.ipv4.tcp_migrate_req" + harm, "Linux 5.14 and newer have it");
  return warn("net.ipv4.tcp_migrate_req is " + setting + harm, "sysctl -w net.ipv4.tcp_migrate_req=1, where Caddy runs");
}

Diagnosis check_clock(const Patient& patient) {
  constexpr std::chrono::year kFirst{2024}, kLast{2100};
  const auto said = to_rfc3339(patient.now);
  const auto year = std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(patient.now)).year();
  if (year >= kFirst && year < kLast) return fine("it is " + said);
  return bad("the clock says " + said, "set it: certificates are judged by it");
}

Diagnosis check_open_files(const Patient&) {
  constexpr rlim_t kFew = 1024;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return warn("the limit of open files cannot be read", "");
  if (limit.rlim_cur == RLIM_INFINITY) return fine("no limit");
  const auto said = fmt::format("up to {} for this process", limit.rlim_cur);
  return limit.rlim_cur < kFew ? warn(said, "raise it: ulimit -n 1024 or more, for argos and for Caddy") : fine(said);
}

}  // namespace argos
