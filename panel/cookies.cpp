// SPDX-License-Identifier: Apache-2.0
#include "panel/cookies.hpp"

#include <chrono>

#include "model/session.hpp"

namespace argos {
namespace {

std::string_view cookie_name(const Request& request) { return request.tls ? "__Host-argos_session" : "argos_session"; }

std::string cookie(const Request& request, std::string_view value, std::chrono::seconds lasts) {
  std::string out(cookie_name(request));
  out += "=" + std::string(value) + "; Path=/; Max-Age=" + std::to_string(lasts.count()) + "; HttpOnly; SameSite=Strict";
  return request.tls ? out + "; Secure" : out;
}

}  // namespace

std::string_view session_cookie(const Request& request) {
  const auto wanted = cookie_name(request);
  auto rest = request.header("cookie");
  while (!rest.empty()) {
    const auto end = std::min(rest.find(';'), rest.size());
    auto one = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    while (one.starts_with(' ')) one.remove_prefix(1);
    if (one.starts_with(wanted) && one.substr(wanted.size()).starts_with('=')) return one.substr(wanted.size() + 1);
  }
  return {};
}

std::string set_session_cookie(const Request& request, std::string_view token) { return cookie(request, token, kSessionLasts); }

std::string drop_session_cookie(const Request& request) { return cookie(request, "", std::chrono::seconds(0)); }

}  // namespace argos
