// SPDX-License-Identifier: Apache-2.0
#include "controllers/renewals.hpp"

#include <algorithm>
#include <cmath>

#include <boost/json.hpp>

#include "model/caddy_routes.hpp"

namespace argos {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 2min;
constexpr WallTime::duration kClocksDiffer = 1s;  // Caddy's and this one's; and a certificate's times are whole seconds
constexpr double kUsualWindow = 1.0 / 3;

double window_of(const CertificateFacts& leaf, WallTime now) {
  const auto end = leaf.not_after + 1s;  // as Caddy counts
  const auto age = std::max(now - leaf.not_before, WallTime::duration{});
  const auto from = now - std::min(kClocksDiffer, age / 2);
  const auto ratio = static_cast<double>((end - from).count()) / static_cast<double>((end - leaf.not_before).count());
  return std::clamp(ratio, kUsualWindow, std::nextafter(1.0, 0.0));
}

}  // namespace

std::optional<Renewal> begin_renewal(const WatchedTls& host, const TlsSightings& seen, WallTime now) {
  Renewal out;
  out.since = now;
  for (const auto& what : host.names) {
    const bool by_caddy = what.issuance != Issuance::manual && what.issuance != Issuance::nobody;
    if (!by_caddy || is_wildcard(what.name)) continue;
    const auto held = seen.find(what.name);
    const bool shown = held != seen.end() && held->second.shown;
    out.before[what.name] = shown ? held->second.shown->leaf.fingerprint : std::string();
    out.windows[what.name] = shown ? window_of(held->second.shown->leaf, now) : 1;
  }
  return out.before.empty() ? std::nullopt : std::optional(std::move(out));
}

boost::json::object to_json(const Renewal& renewal) {
  return {{"since", to_milliseconds(renewal.since)},
          {"before", boost::json::value_from(renewal.before)},
          {"windows", boost::json::value_from(renewal.windows)}};
}

// As somebody may have edited it: what makes no sense is left out.
Renewal renewal_from(const boost::json::object& progress) {
  Renewal out;
  if (const auto* const since = progress.if_contains("since"); since != nullptr && since->is_int64())
    out.since = from_milliseconds(since->get_int64());
  const auto each = [&](std::string_view field, auto take) {
    const auto* const held = progress.if_contains(field);
    if (held == nullptr || !held->is_object()) return;
    for (const auto& item : held->get_object()) take(std::string(item.key()), item.value());
  };
  each("before", [&](const std::string& name, const boost::json::value& value) {
    if (value.is_string()) out.before[name] = value.get_string();
  });
  each("windows", [&](const std::string& name, const boost::json::value& value) {
    const auto ratio = value.is_number() ? value.to_number<double>() : 0;
    if (ratio > 0 && ratio <= 1) out.windows[name] = ratio;
  });
  return out;
}

std::optional<RequestEnd> ended(const Renewal& renewal, const TlsSightings& seen, const IssueTroubles& troubles, WallTime now) {
  std::string renewed, failed, waiting;
  const auto add = [](std::string& list, const std::string& words) { list += (list.empty() ? "" : "; ") + words; };
  for (const auto& [name, before] : renewal.before) {
    const auto held = seen.find(name);
    const auto* const shown = held != seen.end() && held->second.shown && !held->second.failed ? &*held->second.shown : nullptr;
    const auto* const trouble = troubles.find(name);
    if (shown != nullptr && shown->leaf.fingerprint != before) {
      add(renewed, name + ": by " + shown->leaf.issuer + ", ends " + to_rfc3339(shown->leaf.not_after));
    } else if (trouble != nullptr && trouble->at >= renewal.since) {
      add(failed, name + ": " + trouble->words);
    } else {
      add(waiting, name);
    }
  }
  if (waiting.empty() && failed.empty()) return RequestEnd{true, "Renewed", renewed};
  if (waiting.empty()) return RequestEnd{false, "IssuerRefused", failed};
  if (now - renewal.since <= kPatience) return std::nullopt;
  if (!failed.empty()) add(failed, waiting + ": no new certificate in time");
  return RequestEnd{false, "NotInTime",
                    failed.empty() ? "no new certificate is shown within two minutes for " + waiting : failed};
}

Result<std::map<std::string, double>> renewal_windows(Database& database) {
  const auto open = open_requests(database, kRenew);
  if (!open) return open.error();
  std::map<std::string, double> out;
  for (const auto& request : *open) {
    if (request.state == RequestState::running) out.merge(renewal_from(request.progress).windows);
  }
  return out;
}

}  // namespace argos
