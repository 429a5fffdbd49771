// SPDX-License-Identifier: Apache-2.0
#include "model/caddy_tls.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

#include "model/caddy_routes.hpp"
#include "model/canonical_json.hpp"

namespace argos {
namespace {

using boost::json::array;
using boost::json::object;

object internal_issuer() { return {{"module", "internal"}}; }

// Short, so that the issuer in whose place it stands is asked again soon.
object stopgap_issuer() { return {{"module", "internal"}, {"lifetime", "1h"}}; }

bool is_local(std::string_view name) {
  constexpr std::array<std::string_view, 4> kSuffixes{".localhost", ".local", ".internal", ".home.arpa"};
  return name.find('.') == std::string_view::npos ||
         std::ranges::any_of(kSuffixes, [&](std::string_view suffix) { return name.ends_with(suffix); });
}

// Only the chosen challenge; all that Caddy knows where none is chosen.
object challenges(Challenge chosen) {
  object out;
  if (chosen != Challenge::http) out["http"] = object{{"disabled", true}};
  if (chosen != Challenge::tls_alpn) out["tls-alpn"] = object{{"disabled", true}};
  return out;
}

object acme_issuer(const Tls& tls, const Settings& settings, const CaddySurroundings& surroundings) {
  const auto& directory = surroundings.acme_ca_url.empty() ? tls.acme_ca_url : surroundings.acme_ca_url;
  const auto& email = tls.email.empty() ? settings.acme_email : tls.email;
  object out{{"module", "acme"}};
  if (!directory.empty()) out["ca"] = directory;
  if (!directory.empty() && !surroundings.acme_ca_root.empty()) {
    out["trusted_roots_pem_files"] = array{surroundings.acme_ca_root.c_str()};
  }
  if (!email.empty()) out["email"] = email;
  if (tls.challenge) out["challenges"] = challenges(*tls.challenge);
  return out;
}

// The DNS challenge, and a wildcard needs it, takes a module for one's DNS provider, which a plain Caddy does not have.
bool needs_dns_challenge(const Tls& tls, std::string_view name) {
  return tls.mode == TlsMode::auto_ && (is_wildcard(name) || tls.challenge == Challenge::dns);
}

array issuers_for(const std::string& name, const Object<Host>& host, const Settings& settings,
                  const CaddySurroundings& surroundings) {
  const auto& tls = host.spec.tls;
  array out;
  if (tls.mode != TlsMode::internal && tls.mode != TlsMode::auto_) return out;
  const bool own_directory = !surroundings.acme_ca_url.empty() || !tls.acme_ca_url.empty();
  if (tls.mode == TlsMode::internal || (is_local(name) && !own_directory)) {
    out.push_back(internal_issuer());
  } else if (!needs_dns_challenge(tls, name)) {
    out.push_back(acme_issuer(tls, settings, surroundings));
    if (host.meta.managed_by == ManagedBy::system) out.push_back(stopgap_issuer());
  }
  return out;
}

struct Policy {
  array issuers;
  std::set<std::string> names;
};

std::optional<double> window_of(const std::string& name, const std::map<std::string, double>& renewals) {
  const auto held = renewals.find(name);
  return held == renewals.end() || is_wildcard(name) ? std::nullopt : std::optional(held->second);
}

// Since 2.7 Caddy looks at a certificate that it holds already every ten minutes only, or at a handshake where it is "on demand".
void renew_now(object& policy, double window) {
  policy["renewal_window_ratio"] = window;
  if (window < 1) policy["on_demand"] = true;
}

// One policy for those with the same issuers; those of exact names first, since Caddy takes the first whose subjects match, wildcards too.
array policies(const std::vector<NameAndIssuers>& all, const std::map<std::string, double>& renewals) {
  std::map<std::tuple<bool, std::string, std::optional<double>>, Policy> grouped;
  for (const auto& [name, issuers] : all) {
    if (issuers.empty()) continue;
    auto& policy = grouped[{is_wildcard(name), canonical_json(issuers), window_of(name, renewals)}];
    policy.issuers = issuers;
    policy.names.insert(name);
  }
  array out;
  for (auto& [key, policy] : grouped) {
    array subjects(policy.names.begin(), policy.names.end());
    object made{{"subjects", std::move(subjects)}, {"issuers", std::move(policy.issuers)}};
    if (const auto& window = std::get<2>(key)) renew_now(made, *window);
    out.push_back(std::move(made));
  }
  return out;
}

// Newer Caddys let a wildcard's certificate serve the names below it. Those named here get their own, as their host wants it.
std::set<std::string> below_a_wildcard(const std::vector<NameAndIssuers>& all) {
  std::set<std::string, std::less<>> wildcards;
  std::set<std::string> below;
  for (const auto& [name, issuers] : all) {
    if (is_wildcard(name) && !issuers.empty()) wildcards.insert(name.substr(1));
  }
  for (const auto& [name, issuers] : all) {
    const auto dot = name.find('.');
    if (is_wildcard(name) || issuers.empty() || dot == std::string::npos) continue;
    if (wildcards.contains(std::string_view(name).substr(dot))) below.insert(name);
  }
  return below;
}

}  // namespace

bool NameAndIssuers::uses_own_ca() const {
  return std::ranges::any_of(issuers, [](const auto& issuer) { return issuer.at("module") == "internal"; });
}

std::vector<NameAndIssuers> issuers_of(const Claim& claim, const Settings& settings, const CaddySurroundings& surroundings) {
  std::vector<NameAndIssuers> out;
  if (claim.host->spec.tls.mode == TlsMode::none) return out;
  for (const auto& name : claim.names) out.push_back({name, issuers_for(name, *claim.host, settings, surroundings)});
  return out;
}

std::string beyond(const Host& host, const std::vector<NameAndIssuers>& issuers) {
  for (const auto& one : issuers) {
    const auto& name = one.name;
    if (one.is_asked_for() || !needs_dns_challenge(host.tls, name)) continue;
    return "a certificate for " + name +
           " takes the DNS challenge, and this Caddy has no module for a DNS provider: none is asked for. Use tls.mode manual "
           "or "
           "internal";
  }
  return {};
}

std::optional<Error> not_renewable(const Host& host) {
  const auto no = [](const char* message, const char* hint) { return Error{"NotRenewable", message, hint, Retry::never}; };
  if (!host.enabled) return no("the host is disabled", "");
  if (host.tls.mode == TlsMode::none) return no("the host is served over plain HTTP", "tls.mode auto gets it a certificate");
  if (host.tls.mode == TlsMode::manual)
    return no("the host's certificate is one that you bring", "import a newer one in its place");
  const auto is_wild = [](const std::string& name) { return is_wildcard(name); };
  if (is_wild(host.domain) && std::ranges::all_of(host.aliases, is_wild))
    return no("Caddy cannot be made to renew a wildcard's certificate before its time", "");
  return std::nullopt;
}

object tls_app(const std::vector<NameAndIssuers>& all, const std::map<std::string, double>& renewals) {
  object out;
  if (auto list = policies(all, renewals); !list.empty()) out["automation"] = object{{"policies", std::move(list)}};
  if (const auto names = below_a_wildcard(all); !names.empty())
    out["certificates"] = object{{"automate", array(names.begin(), names.end())}};
  return out;
}

object pki_app(const std::vector<NameAndIssuers>& all) {
  if (std::ranges::none_of(all, &NameAndIssuers::uses_own_ca)) return {};
  return {{"certificate_authorities", {{"local", {{"install_trust", false}}}}}};
}

object automatic_https(const std::vector<NameAndIssuers>& all, bool pairs_loaded) {
  auto unasked = below_a_wildcard(all);  // asked for by `automate`: asked for twice, the second reads what the first is writing
  for (const auto& one : all) {
    if (!one.is_asked_for()) unasked.insert(one.name);
  }
  object out{{"disable_redirects", true}};
  if (pairs_loaded) out["ignore_loaded_certificates"] = true;
  if (!unasked.empty()) out["skip_certificates"] = array(unasked.begin(), unasked.end());
  return out;
}

}  // namespace argos
