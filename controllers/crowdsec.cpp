// SPDX-License-Identifier: Apache-2.0
#include "controllers/crowdsec.hpp"

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

#include "runtime/version.hpp"

namespace argos {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 5s;
// An answer that is lost on its way is lost for good: the whole is asked for after any failure, and from time to time.
constexpr Span kWholeEvery = 1h;

std::optional<Error> why_unusable(const std::string& url, const std::string& key) {
  if (url.empty() || key.empty()) {
    return Error{"NotConfigured", fmt::format("CrowdSec is not configured: {} is not set",
                                              url.empty() ? "CROWDSEC_LAPI_URL" : "CROWDSEC_BOUNCER_API_KEY")};
  }
  if (const auto parsed = Endpoint::parse(url); !parsed)
    return Error{"NotUsable", "CROWDSEC_LAPI_URL: " + parsed.error().text()};
  return std::nullopt;
}

}  // namespace

CrowdSec::CrowdSec(Conditions& conditions, Reports& reports, HttpClient& http, const Clock& clock, const std::string& lapi_url,
                   const std::string& key, const std::string& appsec_url)
    : conditions_(conditions),
      reports_(reports),
      http_(http),
      clock_(clock),
      unusable_(why_unusable(lapi_url, key)),
      key_(key) {
  if (unusable_) return;
  lapi_ = Endpoint::parse(lapi_url).value();
  if (!appsec_url.empty()) appsec_ = Endpoint::parse(appsec_url);
}

Task<Result<Next>> CrowdSec::reconcile(const Key&) {
  if (unusable_) {
    set("Reachable", Status::unknown, unusable_->reason, unusable_->message);
    set("BouncerRegistered", Status::unknown, unusable_->reason, unusable_->message);
    co_return Next::on_change();
  }
  const auto outcome = co_await ask();
  if (!outcome) whole_at_.reset();
  say(outcome);
  publish();
  if (!appsec_) co_return Next::on_change();
  const auto inspected = co_await ask_appsec();
  if (inspected) {
    set("AppSecReachable", Status::yes, "Reachable",
        "requests are inspected by CrowdSec's AppSec at " + appsec_->value().text());
  } else {
    set("AppSecReachable", Status::no, inspected.error().reason, inspected.error().text() + "; requests pass uninspected");
  }
  co_return Next::on_change();
}

// Reasons: CrowdSecUnreachable, KeyUnknown, NotCrowdSec.
Task<Result<>> CrowdSec::ask() {
  const auto health = co_await get("/health");
  if (health.has_error()) co_return health.error();
  if (health->status != 200) {
    co_return Error{"CrowdSecUnreachable", fmt::format("CrowdSec's local API at {} answers {}", lapi_.text(), health->status)};
  }
  const bool whole = !whole_at_ || clock_.now() - *whole_at_ >= kWholeEvery;
  const auto answer = co_await get(fmt::format("/v1/decisions/stream?startup={}&scopes=ip,range,country,as", whole));
  if (answer.has_error()) co_return answer.error();
  if (answer->status == 403) {
    co_return Error{"KeyUnknown", "CrowdSec does not know the key in CROWDSEC_BOUNCER_API_KEY",
                    "restart CrowdSec, which registers it, or: cscli bouncers add argos -k KEY"};
  }
  if (answer->status != 200) {
    co_return Error{"NotCrowdSec", fmt::format("{} answers {} instead of decisions", lapi_.text(), answer->status)};
  }
  if (whole) decisions_.forget();
  if (auto taken = decisions_.take(answer->body); !taken) co_return taken;
  if (whole) whole_at_ = clock_.now();
  co_return Result<>{};
}

// As a bouncer asks it of a request that harms nobody. Reasons: NotUsable, AppSecUnreachable, KeyUnknown, NotAppSec.
Task<Result<>> CrowdSec::ask_appsec() {
  if (!*appsec_) co_return Error{"NotUsable", "CROWDSEC_APPSEC_URL: " + appsec_->error().text()};
  const auto& appsec = appsec_->value();
  HttpRequest request;
  request.headers = {{"X-Crowdsec-Appsec-Api-Key", std::string(key_.text())},
                     {"X-Crowdsec-Appsec-Ip", "127.0.0.1"},
                     {"X-Crowdsec-Appsec-Uri", "/"},
                     {"X-Crowdsec-Appsec-Host", "argos"},
                     {"X-Crowdsec-Appsec-Verb", "GET"},
                     {"User-Agent", "argos/" + std::string(version())}};
  const auto answer = co_await http_.send(appsec, std::move(request), kPatience);
  if (answer.has_error())
    co_return Error{"AppSecUnreachable", "CrowdSec's AppSec does not answer: " + answer.error().message,
                    "has crowdsec/setup-appsec.sh run?"};
  if (answer->status == 401)
    co_return Error{"KeyUnknown", "CrowdSec's AppSec does not know the key in CROWDSEC_BOUNCER_API_KEY"};
  if (answer->status != 200 && answer->status != 403)
    co_return Error{"NotAppSec", fmt::format("{} answers {} instead of a verdict", appsec.text(), answer->status)};
  co_return Result<>{};
}

Task<Result<HttpResponse>> CrowdSec::get(std::string target) {
  HttpRequest request;
  request.target = std::move(target);
  request.headers = {{"X-Api-Key", std::string(key_.text())}, {"User-Agent", "argos/" + std::string(version())}};
  auto answer = co_await http_.send(lapi_, std::move(request), kPatience);
  if (answer.has_error()) {
    co_return Error{"CrowdSecUnreachable", "CrowdSec's local API does not answer: " + answer.error().message};
  }
  co_return answer;
}

void CrowdSec::say(const Result<>& outcome) {
  const auto reason = outcome ? std::string() : outcome.error().reason;
  if (reason == "CrowdSecUnreachable") {
    set("Reachable", Status::no, reason, outcome.error().text() + "; nobody is kept out who was not before");
    set("BouncerRegistered", Status::unknown, reason, "CrowdSec cannot be asked");
    return;
  }
  set("Reachable", Status::yes, "Reachable", "CrowdSec's local API answers at " + lapi_.text());
  if (outcome) {
    set("BouncerRegistered", Status::yes, "Registered", fmt::format("{} decisions are in force", decisions_.count()));
  } else {
    set("BouncerRegistered", Status::no, reason, outcome.error().text());
  }
}

void CrowdSec::set(const char* type, Status status, const std::string& reason, const std::string& message) {
  const Key self{Kind::controller, std::string(name())};
  const bool moved = conditions_.set(self, {type, status, reason, message, 0, {}});
  if (moved && status != Status::unknown)
    spdlog::log(status == Status::yes ? spdlog::level::info : spdlog::level::warn, "crowdsec: {}", message);
}

void CrowdSec::publish() {
  boost::json::object by_origin;
  if (whole_at_) {
    for (const auto& [origin, number] : decisions_.by_origin()) by_origin[origin] = number;
  }
  reports_.publish("crowdsec", {{"known", whole_at_.has_value()}, {"byOrigin", std::move(by_origin)}});
}

}  // namespace argos
