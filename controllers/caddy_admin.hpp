// SPDX-License-Identifier: Apache-2.0
// Caddy's admin API, as little of it as argos needs: read the configuration, swap the whole of it, ask what this Caddy can do.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "model/caddy_config.hpp"
#include "runtime/http_client.hpp"

namespace argos {

// A configuration that is being loaded holds up every reader and writer.
struct AdminPatience {
  std::chrono::milliseconds read = std::chrono::seconds(5), write = std::chrono::seconds(30);
};

// Each exchange is on a connection of its own: Caddy closes them all at every accepted change. Reasons of errors:
//   CaddyUnreachable  nobody answers: nothing was done
//   Timeout, ConnectionLost  it may have been done, or not: look
//   Contended         somebody else changed the configuration in between: nothing was done
//   RejectedByCaddy   Caddy's own words are the message; the old configuration runs on
//   CaddyForbids, NotCaddy  whoever answers there will not do what is asked; what came of it all the same: look
class CaddyAdmin {
 public:
  struct Running {
    std::string body;  // as Caddy wrote it
    std::string etag;  // opaque
  };

  CaddyAdmin(HttpClient& http, Endpoint endpoint, AdminPatience patience = {})
      : http_(http), endpoint_(std::move(endpoint)), patience_(patience) {}

  const Endpoint& endpoint() const { return endpoint_; }

  Task<Result<Running>> read();
  // Replaces the configuration, if it is still the one that carried this etag. `document` is the text of a JSON object:
  // anything else is refused here, since Caddy takes an empty body or `null` for "serve nothing". `anew`: also if it runs already,
  // which Caddy would otherwise take as nothing to do.
  Task<Result<>> replace(std::string document, std::string etag, bool anew = false);
  // Nobody has changed the configuration since Caddy was started. None: it does not say.
  Task<std::optional<bool>> runs_as_started();
  // By having snippets adapted, which changes nothing.
  Task<Result<CaddyAbilities>> abilities();

 private:
  Task<Result<HttpResponse>> send(HttpRequest request, std::chrono::milliseconds patience);
  Task<Result<bool>> knows(std::string snippet, std::string fields);

  // Constant after construction
  HttpClient& http_;
  Endpoint endpoint_;
  AdminPatience patience_;
};

// Nobody knows whether Caddy took what was sent.
bool is_lost(const Error& error);

// Caddy's own words out of an error answer, freed of the noise before them and short enough for a condition.
std::string words_of(const HttpResponse& response);

}  // namespace argos
