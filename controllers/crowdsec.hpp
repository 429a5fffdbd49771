// SPDX-License-Identifier: Apache-2.0
// crowdsec: what CrowdSec's local API tells -> conditions and figures. Enforcing is Caddy's own bouncer's work.
//
// Watches time (10 s). Reads GET /health and the stream of decisions, as a bouncer of its own: each has its own place in the stream, so
// one that shared Caddy's key would take decisions away from it. Writes nothing. Publishes the report "crowdsec". Sets on itself:
//   Reachable         the local API answers
//   BouncerRegistered it knows argos' key
//   AppSecReachable   its AppSec answers; only where CROWDSEC_APPSEC_URL is set. Nothing else tells that requests pass uninspected
// The first two are Unknown, NotConfigured, where CROWDSEC_LAPI_URL or CROWDSEC_BOUNCER_API_KEY is not set. The controller stays Ready in any case:
// without CrowdSec everybody is let in and the edge serves on.
#pragma once

#include <optional>
#include <string>

#include "model/decisions.hpp"
#include "runtime/conditions.hpp"
#include "runtime/http_client.hpp"
#include "runtime/reconciler.hpp"
#include "runtime/reports.hpp"
#include "runtime/secret.hpp"

namespace argos {

// Loop thread only.
class CrowdSec final : public Reconciler {
 public:
  CrowdSec(Conditions& conditions, Reports& reports, HttpClient& http, const Clock& clock, const std::string& lapi_url,
           const std::string& key, const std::string& appsec_url = {});

  std::string_view name() const override { return "crowdsec"; }
  Task<Result<Next>> reconcile(const Key& key) override;

 private:
  Task<Result<>> ask();
  Task<Result<>> ask_appsec();
  Task<Result<HttpResponse>> get(std::string target);
  void say(const Result<>& outcome);
  void set(const char* type, Status status, const std::string& reason, const std::string& message);
  void publish();

  // Constant after construction
  Conditions& conditions_;
  Reports& reports_;
  HttpClient& http_;
  const Clock& clock_;
  std::optional<Error> unusable_;  // why nothing is asked
  Endpoint lapi_;
  Secret key_;
  std::optional<Result<Endpoint>> appsec_;  // none: nobody wants it
  // Loop thread only
  Decisions decisions_;
  std::optional<Time> whole_at_;  // when the whole stream was read; none: what is known is worth nothing
};

}  // namespace argos
