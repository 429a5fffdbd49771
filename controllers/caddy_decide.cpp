// SPDX-License-Identifier: Apache-2.0
#include "controllers/caddy_decide.hpp"

#include <algorithm>
#include <charconv>

#include <spdlog/fmt/fmt.h>

#include "model/validate.hpp"

namespace argos {
namespace {

bool is_loopback(const std::string& host) { return host == "localhost" || host == "::1" || host.starts_with("127."); }

// The port of a network address as Caddy writes it ("localhost:2019", "tcp/:2019"); none for a socket.
std::optional<int> port_of(std::string_view listen) {
  if (listen.starts_with("unix")) return std::nullopt;
  const auto colon = listen.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  int port = 0;
  const auto text = listen.substr(colon + 1);
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), port);
  return code == std::errc() ? std::optional(port) : std::nullopt;
}

}  // namespace

boost::json::object admin_block(const boost::json::value& found, const Endpoint& endpoint) {
  if (found.is_object()) {
    const auto* const admin = found.get_object().if_contains("admin");
    if (admin != nullptr && admin->is_object() && admin->get_object().contains("listen")) return admin->get_object();
  }
  if (endpoint.is_socket()) return {{"listen", "unix/" + endpoint.socket}};
  if (is_loopback(endpoint.host)) return {{"listen", host_and_port(endpoint.host, endpoint.port)}};
  return {{"listen", fmt::format(":{}", endpoint.port)}};
}

std::optional<Error> port_taken(const CaddySurroundings& surroundings) {
  const auto* const listen = surroundings.admin.if_contains("listen");
  const auto admin = listen != nullptr && listen->is_string() ? port_of(listen->get_string()) : std::nullopt;
  const auto taken = [](int port, std::string_view what, std::string hint) {
    return Error{"PortTaken", fmt::format("port {} is {}", port, what), std::move(hint), Retry::never};
  };
  for (const int port : {surroundings.http_port, surroundings.https_port}) {
    if (admin == port)
      return taken(port, "Caddy's admin endpoint: no site can be served there", "choose other ports for the sites");
  }
  if (surroundings.http_port == surroundings.https_port) {
    return taken(surroundings.http_port, "wanted for HTTP and for HTTPS",
                 "set ARGOS_HTTP_PORT and ARGOS_HTTPS_PORT to different ports");
  }
  return std::nullopt;
}

bool is_blank(const boost::json::value& found) {
  if (!found.is_object()) return true;
  return std::ranges::all_of(found.get_object(), [](const auto& item) { return item.key() == "admin"; });
}

std::optional<bool> runs_as_started(std::string_view metrics) {
  constexpr std::string_view kCount = "\ncaddy_admin_http_requests_total{";
  std::optional<bool> out;
  for (auto at = metrics.find(kCount); at != std::string_view::npos; at = metrics.find(kCount, at + 1)) {
    const auto line = metrics.substr(at, metrics.find('\n', at + 1) - at);
    const auto has = [&](std::string_view label) { return line.find(label) != std::string_view::npos; };
    const bool changes = has(R"(path="/load")") || has(R"(path="/config/")") || has(R"(path="/id/")");
    out = out.value_or(true) && !(changes && has(R"(code="200")") && !has(R"(method="GET")"));
  }
  return out;
}

bool may_pass(const Error& refusal) {
  return refusal.reason == "RejectedByCaddy" && refusal.message.find(": caching certificate: ") != std::string::npos;
}

std::string Sight::piece(const Key& key) const {
  if (running == nullptr) return {};
  const auto found = running->pieces.find(key);
  return found == running->pieces.end() ? std::string() : found->second;
}

Condition programmed(const Key& key, const Verdict& verdict, const Sight& sight, const LeftOut* left_out,
                     const Error& trouble) {
  const auto& accepted = verdict.accepted;
  const auto say = [&](Status status, std::string reason, std::string message = {}) {
    return Condition{"Programmed", status, std::move(reason), std::move(message), accepted.observed_generation, {}};
  };
  const auto piece = sight.piece(key);
  const bool runs = !piece.empty();
  if (accepted.status != Status::yes && verdict.piece.empty()) {
    const auto* const what = runs ? "its last accepted form stays in force: " : "not served: ";
    return say(Status::no, "NotAccepted", what + accepted.message);
  }
  if (sight.blind) return say(Status::unknown, trouble.reason, trouble.text());
  if (sight.running != nullptr && piece == verdict.piece) {
    if (runs) return say(Status::yes, "Programmed");
    if (accepted.reason == "Disabled") return say(Status::yes, "Disabled", "not served, as wanted");
    return say(Status::yes, "NotInUse", "nothing that is served refers to it");
  }
  if (left_out != nullptr) {
    const auto* const then = runs ? "; its last accepted form stays in force" : "";
    return say(Status::no, left_out->reason, left_out->message + then);
  }
  // All is as it is to be: what it refers to is kept, though it is gone or makes no sense.
  if (trouble.reason.empty()) return say(Status::no, accepted.reason, "what it refers to answers in its last accepted form");
  return say(Status::no, trouble.reason, trouble.text());
}

}  // namespace argos
