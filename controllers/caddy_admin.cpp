// SPDX-License-Identifier: Apache-2.0
#include "controllers/caddy_admin.hpp"

#include <array>
#include <sstream>

#include <boost/json.hpp>
#include <spdlog/fmt/fmt.h>

#include "controllers/caddy_decide.hpp"
#include "model/text.hpp"

namespace argos {
namespace {

struct Probe {
  const char* snippet;
  const char* fields;  // of the JSON that it becomes; 2.6 leaves out some options that it does not know, without a word
  bool CaddyAbilities::*ability;
};

constexpr std::array<Probe, 6> kProbes{{
    {":1 {\n\treverse_proxy localhost:1 {\n\t\tstream_close_delay 5m\n\t}\n}\n", "\"stream_close_delay\"",
     &CaddyAbilities::stream_close_delay},
    {":1 {\n\treverse_proxy localhost:1 {\n\t\thealth_uri /\n\t\thealth_passes 2\n\t}\n}\n", "\"passes\"",
     &CaddyAbilities::health_passes_and_fails},
    {":1 {\n\treverse_proxy localhost:1 {\n\t\thealth_uri /\n\t\thealth_method HEAD\n\t}\n}\n", "\"method\"",
     &CaddyAbilities::health_method},
    {"{\n\tlog {\n\t\toutput file /log {\n\t\t\tmode 0644\n\t\t}\n\t}\n}\n", "\"mode\"", &CaddyAbilities::log_file_mode},
    {":1 {\n\troute {\n\t\tcrowdsec\n\t}\n}\n", "\"crowdsec\"", &CaddyAbilities::crowdsec},
    {"{\n\tcrowdsec {\n\t\tapi_key k\n\t\tappsec_url http://localhost:1\n\t\tappsec_timeout 1s\n\t\tappsec_fail_open\n"
     "\t\tappsec_max_body_bytes 1024\n\t}\n}\n:1 {\n\troute {\n\t\tappsec\n\t}\n}\n",
     R"("appsec" "appsec_url" "appsec_timeout":"1s" "appsec_fail_open":true "appsec_max_body_bytes":1024)",
     &CaddyAbilities::appsec},
}};

Error unreachable(const Endpoint& endpoint, const Error& error) {
  return {"CaddyUnreachable", "Caddy's admin endpoint does not answer: " + error.message,
          endpoint.is_socket() ? "is Caddy running, and is its admin endpoint that socket?"
                               : "is Caddy running, and does its admin endpoint listen there, for this machine?",
          Retry::backoff};
}

Error unexpected(const Endpoint& endpoint, const HttpResponse& response) {
  if (response.status == 403) {
    return {"CaddyForbids", fmt::format("{} refuses argos: {}", endpoint.text(), words_of(response)),
            "name that host in Caddy's admin.origins, or use a socket", Retry::backoff};
  }
  return {"NotCaddy",
          fmt::format("{} answers {} as no Caddy since 2.5.2 does: {}", endpoint.text(), response.status, words_of(response)),
          "is ARGOS_CADDY_ADMIN the admin endpoint, and not a site?", Retry::backoff};
}

// Caddy's "error"; none: it is no answer of Caddy's.
std::optional<std::string> error_of(const HttpResponse& response) {
  boost::system::error_code bad;
  const auto json = boost::json::parse(response.body, bad);
  if (bad || !json.is_object()) return std::nullopt;
  const auto* const error = json.get_object().if_contains("error");
  if (error == nullptr || !error->is_string()) return std::nullopt;
  return std::string(error->get_string());
}

// A document that cannot be started is a 500 to Caddy at /config/, a 400 at /load. What a server on the way answers in its place says
// nothing about the document.
bool is_refusal(const HttpResponse& response) {
  return (response.status == 400 || response.status == 500) && error_of(response);
}

// Each of the words is in it.
bool has_all(const std::string& text, const std::string& words) {
  std::istringstream each(words);
  for (std::string word; each >> word;) {
    if (text.find(word) == std::string::npos) return false;
  }
  return true;
}

bool is_object(const std::string& document) {
  return document.starts_with('{') && document.ends_with('}') && document.size() > 2;
}

}  // namespace

bool is_lost(const Error& error) {
  return error.reason == "Timeout" || error.reason == "ConnectionLost" || error.reason == "CaddyUnreachable";
}

std::string words_of(const HttpResponse& response) {
  constexpr std::size_t kLongest = 2000;  // the way to a place deep in subroutes is long
  auto text = error_of(response).value_or(response.body);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return shown(text, kLongest);
}

Task<Result<HttpResponse>> CaddyAdmin::send(HttpRequest request, std::chrono::milliseconds patience) {
  auto answer = co_await http_.send(endpoint_, std::move(request), patience);
  if (answer.has_error() && answer.error().reason == "Unreachable") co_return unreachable(endpoint_, answer.error());
  co_return answer;
}

Task<Result<CaddyAdmin::Running>> CaddyAdmin::read() {
  HttpRequest request;
  request.target = "/config/";
  auto answer = co_await send(request, patience_.read);
  // Right after a change the admin server of the former configuration may still take a connection, and drop it.
  if (answer.has_error() && answer.error().reason == "ConnectionLost")
    answer = co_await send(std::move(request), patience_.read);
  if (answer.has_error()) co_return answer.error();
  if (answer->status != 200 || answer->headers["etag"].empty()) co_return unexpected(endpoint_, *answer);
  co_return Running{std::move(answer->body), std::move(answer->headers["etag"])};
}

Task<Result<>> CaddyAdmin::replace(std::string document, std::string etag, bool anew) {
  if (!is_object(document)) co_return Error{"InternalError", "refused to send Caddy an empty configuration", "", Retry::never};
  HttpRequest request{"POST", "/config/", {{"Content-Type", "application/json"}}, std::move(document)};
  request.headers.emplace_back("If-Match", std::move(etag));
  if (anew) request.headers.emplace_back("Cache-Control", "must-revalidate");
  auto answer = co_await send(std::move(request), patience_.write);
  if (answer.has_error()) co_return answer.error();
  if (answer->status == 200) co_return Result<>{};
  if (answer->status == 412) {
    co_return Error{"Contended", "somebody else changed Caddy's configuration at the same time",
                    "does another manager use this Caddy?", Retry::backoff};
  }
  if (!is_refusal(*answer)) co_return unexpected(endpoint_, *answer);
  co_return Error{"RejectedByCaddy", words_of(*answer), "", Retry::backoff};
}

Task<std::optional<bool>> CaddyAdmin::runs_as_started() {
  HttpRequest request;
  request.target = "/metrics";
  const auto answer = co_await send(std::move(request), patience_.read);
  if (answer.has_error() || answer->status != 200) co_return std::nullopt;
  co_return argos::runs_as_started(answer->body);
}

Task<Result<CaddyAbilities>> CaddyAdmin::abilities() {
  CaddyAbilities out;
  for (const auto& probe : kProbes) {
    const auto known = co_await knows(probe.snippet, probe.fields);
    if (known.has_error()) co_return known.error();
    out.*probe.ability = *known;
  }
  co_return out;
}

Task<Result<bool>> CaddyAdmin::knows(std::string snippet, std::string fields) {
  HttpRequest request{"POST", "/adapt", {{"Content-Type", "text/caddyfile"}}, std::move(snippet)};
  auto answer = co_await send(std::move(request), patience_.read);
  if (answer.has_error()) co_return answer.error();
  if (answer->status != 200 && answer->status != 400) co_return unexpected(endpoint_, *answer);
  co_return answer->status == 200 && has_all(answer->body, fields);
}

}  // namespace argos
