// SPDX-License-Identifier: Apache-2.0
#include "controllers/tls_decide.hpp"

#include <algorithm>

#include <boost/json.hpp>
#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include "model/caddy_claims.hpp"
#include "model/caddy_routes.hpp"
#include "model/caddy_tls.hpp"

namespace argos {
namespace {

using namespace std::chrono_literals;

constexpr const char* kType = "Valid";
constexpr const char* kOwnCa = "Caddy Local Authority";
constexpr std::size_t kMostNames = 3;

constexpr Span kFirstAgain = 250ms;
constexpr Span kRarelyAgain = 15min;
constexpr int kDoublings = 12;
constexpr std::chrono::seconds kOftenest{60}, kRarest{std::chrono::hours(6)};
constexpr int kPartOfRemaining = 8;

Issuance issuance_of(const TlsMode mode, const NameAndIssuers& issuer) {
  if (mode == TlsMode::manual) return Issuance::manual;
  if (!issuer.is_asked_for()) return Issuance::nobody;
  if (issuer.issuers.size() > 1) return Issuance::acme_or_own_ca;
  return issuer.uses_own_ca() ? Issuance::own_ca : Issuance::acme;
}

std::string name_to_ask_for(const std::string& name) { return is_wildcard(name) ? "argos-looks" + name.substr(1) : name; }

std::string some_of(const std::vector<std::string>& names) {
  if (names.empty()) return "no name";
  const auto some = std::min(names.size(), kMostNames);
  return fmt::format("{}{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(some), ", "),
                     names.size() > some ? fmt::format(" and {} more", names.size() - some) : "");
}

std::string day(WallTime time) { return to_rfc3339(time).substr(0, 19) + "Z"; }

Condition say(Status status, std::string reason, std::string message) {
  return {kType, status, std::move(reason), std::move(message), 0, {}};
}

std::string told(const IssueTrouble& trouble) {
  auto out = trouble.words;
  if (trouble.attempt > 0) out += fmt::format("; attempt {}", trouble.attempt);
  if (trouble.next_try) out += ", Caddy tries again at " + day(*trouble.next_try);
  return out;
}

Condition nothing_shown(const WatchedName& what, const IssueTrouble* trouble) {
  switch (what.issuance) {
    case Issuance::manual:
      return say(Status::no, "NoCertificate", "Caddy has no certificate for " + what.name + ": this host has none of its own");
    case Issuance::nobody: return say(Status::no, "NoCertificate", "nobody issues one for " + what.name + ": see Supported");
    default: break;
  }
  if (trouble != nullptr)
    return say(Status::no, what.issuance == Issuance::own_ca ? "IssuerError" : "AcmeError", what.name + ": " + told(*trouble));
  return say(Status::no, "NotYetIssued", "Caddy has no certificate for " + what.name + " yet");
}

bool is_by_own_ca(const CertificateFacts& leaf) { return leaf.issuer.starts_with(kOwnCa); }

// Why this is not the certificate that is wanted; none where it is.
std::optional<Condition> wrong(const WatchedName& what, const CertificateFacts& leaf, WallTime now) {
  const bool is_own_ca = is_by_own_ca(leaf);
  if (leaf.not_after < now)
    return say(Status::no, "Expired", fmt::format("{} shows a certificate that ended {}", what.name, day(leaf.not_after)));
  if (leaf.not_before > now)
    return say(Status::no, "NotYetValid",
               fmt::format("{} shows a certificate that begins {}", what.name, day(leaf.not_before)));
  const auto other = [&](const std::string& why) { return say(Status::no, "WrongCertificate", what.name + " shows " + why); };
  if (!covers(leaf.names, what.asked)) return other("a certificate for " + some_of(leaf.names));
  if (what.issuance == Issuance::manual && !what.fingerprint.empty() && leaf.fingerprint != what.fingerprint)
    return other("another certificate than the host's own, by " + leaf.issuer);
  if (what.issuance == Issuance::acme && is_own_ca) return other("one of Caddy's own CA, while one by ACME is awaited");
  if (what.issuance == Issuance::own_ca && !is_own_ca) return other("one by " + leaf.issuer + ", not by Caddy's own CA");
  return std::nullopt;
}

// Evenly from 0.8 to 1.2.
double jitter(std::string_view name) {
  constexpr std::size_t kSteps = 401;
  return 0.8 + static_cast<double>(std::hash<std::string_view>{}(name) % kSteps) / 1000;
}

Span scaled(Span span, double by) { return Span(static_cast<Span::rep>(static_cast<double>(span.count()) * by)); }

}  // namespace

std::vector<WatchedTls> watched_tls(const Desired& desired, const CaddySurroundings& surroundings,
                                    const std::map<std::string, std::string>& fingerprints) {
  const auto settings = desired.settings.errors.empty() ? desired.settings.spec : Settings{};
  std::vector<WatchedTls> out;
  for (const auto& claim : settle_claims(desired)) {
    const auto issuers = issuers_of(claim, settings, surroundings);
    if (issuers.empty()) continue;
    const auto& meta = claim.host->meta;
    WatchedTls host{meta.name, meta.generation, {}};
    const auto own = claim.certificate == nullptr ? fingerprints.end() : fingerprints.find(claim.certificate->meta.name);
    for (const auto& issuer : issuers) {
      host.names.push_back({issuer.name, name_to_ask_for(issuer.name), issuance_of(claim.host->spec.tls.mode, issuer),
                            own == fingerprints.end() ? std::string() : own->second});
    }
    out.push_back(std::move(host));
  }
  return out;
}

bool is_stopgap(const WatchedName& what, const TlsSighting& seen) {
  return what.issuance == Issuance::acme_or_own_ca && seen.shown && is_by_own_ca(seen.shown->leaf);
}

const IssueTrouble* trouble_since(const TlsSighting& seen, const IssueTrouble* trouble) {
  if (trouble == nullptr || (seen.shown && seen.shown->leaf.not_before > trouble->at)) return nullptr;
  return trouble;
}

Condition valid(const WatchedName& what, const TlsSighting& seen, const IssueTrouble* any_trouble, WallTime now) {
  const auto* const trouble = trouble_since(seen, any_trouble);
  if (seen.failed) {
    const auto& why = *seen.failed;
    if (why.reason == "NoCertificate") return nothing_shown(what, trouble);
    const auto status = why.reason == "Unreachable" ? Status::unknown : Status::no;
    return say(status, why.reason, status == Status::no ? what.name + ": " + why.text() : why.text());
  }
  if (!seen.shown) return say(Status::unknown, "Pending", "not looked at yet");
  const auto& leaf = seen.shown->leaf;
  if (auto flaw = wrong(what, leaf, now)) {
    if (trouble != nullptr) flaw->message += "; a new one: " + told(*trouble);
    return *flaw;
  }
  const auto by = fmt::format("by {}, ends {}", leaf.issuer, day(leaf.not_after));
  if (is_stopgap(what, seen)) {
    const auto why = any_trouble == nullptr ? "" : "; " + told(*any_trouble);
    return say(Status::yes, "Stopgap", by + ": stands in until there is one by ACME" + why);
  }
  if (trouble != nullptr) return say(Status::yes, "RenewalFails", by + "; a new one: " + told(*trouble));
  return say(Status::yes, kType, by);
}

Condition valid(const WatchedTls& host, const std::vector<NameVerdict>& names) {
  const auto worse = [](const NameVerdict& one, const NameVerdict& other) {
    const auto rank = [](Status status) { return status == Status::no ? 0 : status == Status::unknown ? 1 : 2; };
    const auto a = rank(one.condition.status), b = rank(other.condition.status);
    return a != b ? a < b : one.not_after < other.not_after;
  };
  const auto worst = std::ranges::min_element(names, worse);
  auto out = worst->condition;
  if (out.status == Status::yes && names.size() > 1)
    out.message = worst->name + ": " + out.message + ", the first of " + std::to_string(names.size()) + " names";
  out.observed_generation = host.generation;
  return out;
}

Span until_next_look(const WatchedName& what, const TlsSighting& seen, bool fine, int vain, WallTime now) {
  if (!fine || !seen.shown)
    return std::min(kRarelyAgain, scaled(kFirstAgain * (1 << std::min(vain, kDoublings)), jitter(what.name)));
  const auto remaining = std::chrono::duration_cast<std::chrono::seconds>(seen.shown->leaf.not_after - now);
  return scaled(std::clamp(remaining / kPartOfRemaining, kOftenest, kRarest), jitter(what.name));
}

boost::json::object to_json(const WatchedName& what, const TlsSighting& seen, const IssueTrouble* any_trouble, WallTime now) {
  const auto* const trouble = trouble_since(seen, any_trouble);
  const auto time = [](const std::optional<WallTime>& when) -> boost::json::value {
    return when ? boost::json::value(to_rfc3339(*when)) : boost::json::value();
  };
  boost::json::object out{{"name", what.name}, {"seen", time(seen.at)}};
  if (seen.shown) {
    const auto& leaf = seen.shown->leaf;
    out["issuer"] = leaf.issuer;
    out["subject"] = leaf.subject;
    out["names"] = boost::json::array(leaf.names.begin(), leaf.names.end());
    out["notBefore"] = to_rfc3339(leaf.not_before);
    out["notAfter"] = to_rfc3339(leaf.not_after);
    out["daysLeft"] = days_left(leaf, now);
    out["fingerprint"] = leaf.fingerprint;
    out["serial"] = leaf.serial;
    out["trusted"] = seen.shown->trusted;
  }
  out["failed"] = seen.failed ? boost::json::value(seen.failed->text()) : boost::json::value();
  out["lastError"] = trouble == nullptr ? boost::json::value() : boost::json::value(trouble->words);
  out["nextRetry"] = trouble == nullptr ? boost::json::value() : time(trouble->next_try);
  return out;
}

}  // namespace argos
