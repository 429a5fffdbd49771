// SPDX-License-Identifier: Apache-2.0
#include "model/caddy_claims.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include <spdlog/fmt/fmt.h>

#include "model/validate.hpp"

namespace argos {
namespace {

Condition accepted(const Meta& meta, Status status, std::string reason, std::string message = {}) {
  return {"Accepted", status, std::move(reason), std::move(message), meta.generation, {}};
}

template <class Spec>
std::optional<Condition> invalid_row(const Object<Spec>& object) {
  if (object.errors.empty()) return std::nullopt;
  return accepted(object.meta, Status::no, "Invalid", to_string(object.errors));
}

std::optional<Condition> disabled(const Object<Host>& host) {
  if (host.spec.enabled) return std::nullopt;
  return accepted(host.meta, Status::yes, "Disabled", "disabled: kept, and not served");
}

// The host's names into `names`; a name that is none is the error.
std::optional<Condition> bad_name(const Object<Host>& host, std::vector<std::string>& names) {
  const auto add = [&](const std::string& domain) -> std::optional<Condition> {
    auto ascii = ascii_domain(domain);
    if (ascii.has_error()) return accepted(host.meta, Status::no, "Invalid", ascii.error().text());
    if (std::ranges::find(names, *ascii) == names.end()) names.push_back(std::move(*ascii));
    return std::nullopt;
  };
  if (auto bad = add(host.spec.domain)) return bad;
  for (const auto& alias : host.spec.aliases) {
    if (auto bad = add(alias)) return bad;
  }
  return std::nullopt;
}

using Owners = std::map<std::string, const Object<Host>*, std::less<>>;
using Groups = std::map<std::string_view, const Object<TargetGroup>*>;

std::optional<Condition> domain_taken(const Object<Host>& host, const std::vector<std::string>& names, const Owners& owners) {
  for (const auto& name : names) {
    const auto owner = owners.find(name);
    if (owner == owners.end()) continue;
    const auto& taker = owner->second->meta;
    const auto* const why =
        taker.managed_by == ManagedBy::system ? "the panel itself: see ARGOS_PANEL_DOMAIN" : "which is older";
    return accepted(host.meta, Status::no, "DomainTaken",
                    fmt::format("{} belongs to host/{}, {}; none of this host's names is served", name, taker.name, why));
  }
  return std::nullopt;
}

template <class Objects>
typename Objects::mapped_type find(const Objects& objects, const std::string& name) {
  const auto found = objects.find(name);
  return found == objects.end() ? nullptr : found->second;
}

std::optional<Condition> group_missing(const Object<Host>& host, const Object<TargetGroup>* group) {
  if (group != nullptr || host.spec.target_group.empty()) return std::nullopt;
  return accepted(host.meta, Status::no, "TargetGroupNotFound",
                  fmt::format("there is no targetgroup/{}; visitors get 503", host.spec.target_group));
}

std::optional<Condition> group_invalid(const Object<Host>& host, const Object<TargetGroup>* group) {
  if (group == nullptr || group->errors.empty()) return std::nullopt;
  return accepted(host.meta, Status::no, "TargetGroupInvalid",
                  fmt::format("targetgroup/{} is not valid; visitors get 503", host.spec.target_group));
}

std::optional<Condition> certificate_missing(const Object<Host>& host, const Object<CertificatePair>* certificate) {
  if (host.spec.tls.mode != TlsMode::manual) return std::nullopt;
  if (certificate == nullptr) {
    return accepted(host.meta, Status::no, "CertificateNotFound",
                    "there is no certificate for this host: visitors are sent to HTTPS, which fails until there is one");
  }
  if (certificate->spec.on_disk()) return std::nullopt;
  return accepted(host.meta, Status::no, "CertificateNotReady",
                  fmt::format("certificate/{} is not on disk, as its conditions say: visitors are sent to HTTPS, which fails",
                              certificate->meta.name));
}

std::optional<Condition> no_usable_target(const Object<Host>& host, const Object<TargetGroup>* group) {
  if (group == nullptr || has_usable_target(group->spec)) return std::nullopt;
  return accepted(host.meta, Status::yes, "NoUsableTarget",
                  fmt::format("targetgroup/{} has no enabled target; visitors get 503", host.spec.target_group));
}

Claim settle(const Object<Host>& host, const Groups& groups, const CertificatesByHost& certificates, Owners& owners) {
  Claim claim{.host = &host, .accepted = {}, .names = {}};
  std::vector<std::string> names;
  auto refused = invalid_row(host);
  if (!refused) refused = disabled(host);
  if (!refused) refused = bad_name(host, names);
  if (!refused) refused = domain_taken(host, names, owners);
  if (refused) {
    claim.accepted = std::move(*refused);
    return claim;
  }
  for (const auto& name : names) owners.emplace(name, &host);
  claim.names = std::move(names);

  const auto* const group = find(groups, host.spec.target_group);
  const auto* const certificate = find(certificates, host.meta.name);
  auto flaw = group_missing(host, group);
  if (!flaw) flaw = group_invalid(host, group);
  if (!flaw) flaw = certificate_missing(host, certificate);
  if (!flaw) flaw = no_usable_target(host, group);
  claim.accepted = flaw ? std::move(*flaw) : accepted(host.meta, Status::yes, "Accepted");
  if (group != nullptr && group->errors.empty() && has_usable_target(group->spec)) claim.group = group;
  if (host.spec.tls.mode == TlsMode::manual && certificate != nullptr && certificate->spec.on_disk())
    claim.certificate = certificate;
  return claim;
}

}  // namespace

bool has_usable_target(const TargetGroup& group) {
  return std::ranges::any_of(group.targets, [](const Target& target) { return target.enabled; });
}

CertificatesByHost certificates_by_host(const std::vector<Object<CertificatePair>>& all) {
  const auto rank = [](const Object<CertificatePair>& one) {
    return std::tuple(!one.spec.on_disk(), one.meta.created, one.meta.name);
  };
  CertificatesByHost out;
  for (const auto& one : all) {
    auto& best = out[one.spec.host];
    if (best == nullptr || rank(one) < rank(*best)) best = &one;
  }
  return out;
}

std::vector<Claim> settle_claims(const Desired& desired) {
  std::vector<const Object<Host>*> by_age;
  by_age.reserve(desired.hosts.size());
  for (const auto& host : desired.hosts) by_age.push_back(&host);
  std::ranges::sort(by_age, {}, [](const auto* host) {
    return std::tuple(host->meta.managed_by != ManagedBy::system, !host->kept, host->meta.created, host->meta.name);
  });

  Groups groups;
  for (const auto& group : desired.target_groups) groups.emplace(group.meta.name, &group);
  const auto certificates = certificates_by_host(desired.certificates);

  Owners owners;
  std::vector<Claim> claims(desired.hosts.size());
  for (const auto* const host : by_age) {
    claims[static_cast<std::size_t>(host - desired.hosts.data())] = settle(*host, groups, certificates, owners);
  }
  return claims;
}

Condition accept(const Object<TargetGroup>& group) {
  if (auto bad = invalid_row(group)) return std::move(*bad);
  if (!has_usable_target(group.spec)) return accepted(group.meta, Status::yes, "NoUsableTarget", "no target is enabled");
  return accepted(group.meta, Status::yes, "Accepted");
}

Condition accept(const Object<Settings>& settings) {
  if (auto bad = invalid_row(settings)) return std::move(*bad);
  return accepted(settings.meta, Status::yes, "Accepted");
}

Condition accept(const Object<CertificatePair>& certificate) {
  if (!certificate.spec.on_disk()) return accepted(certificate.meta, Status::no, "NotMaterialised", "nothing of it is on disk");
  return accepted(certificate.meta, Status::yes, "Accepted");
}

}  // namespace argos
