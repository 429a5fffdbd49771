// SPDX-License-Identifier: Apache-2.0
#include "model/caddy_config.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include "model/caddy_certificates.hpp"
#include "model/caddy_claims.hpp"
#include "model/caddy_proxy.hpp"
#include "model/caddy_routes.hpp"
#include "model/caddy_tls.hpp"
#include "model/canonical_json.hpp"

namespace argos {
namespace {

constexpr int kInspectedBytes = 512 * 1024;  // of a body, by AppSec; the whole of it is held in memory meanwhile

using boost::json::array;
using boost::json::object;

// What answers for a group: the same for every host.
struct Proxy {
  object handler;  // until the last of its sites has taken it
  std::string text;  // canonical
  int waiting = 0;  // sites
};

// One host on its way into the document.
struct Site {
  const Claim* claim;
  const Proxy* proxy;  // none: nothing answers
  array handle;
  std::vector<NameAndIssuers> issuers;

  bool plain() const { return claim->host->spec.tls.mode == TlsMode::none; }
};

class Renderer {
 public:
  Renderer(const Desired& desired, const CaddyAbilities& abilities, const CaddySurroundings& surroundings)
      : desired_(desired),
        abilities_(abilities),
        surroundings_(surroundings),
        settings_(desired.settings.errors.empty() ? desired.settings.spec : Settings{}),
        claims_(settle_claims(desired)) {
    for (const auto& claim : claims_) {
      if (claim.served() && claim.group != nullptr) ++proxy_of(*claim.group).waiting;
    }
    for (const auto& claim : claims_) {
      if (claim.served()) sites_.push_back(site(claim));
    }
    for (const auto& site : sites_) {
      issuers_.insert(issuers_.end(), site.issuers.begin(), site.issuers.end());
      if (site.claim->certificate != nullptr) shown_.push_back({&site.claim->certificate->spec, site.claim->names});
    }
    in_leaves_ = names_in_leaves(shown_);
  }

  Rendered result() {
    judge_hosts();
    judge_groups();
    judge_certificates();
    judge_settings();
    return {document(), std::move(verdicts_), files_written()};
  }

 private:
  // ---- sites
  Site site(const Claim& claim) {
    auto* const proxy = claim.group == nullptr ? nullptr : &proxy_of(*claim.group);
    array handle = claim.host->spec.caddy_handlers;
    if (proxy == nullptr) {
      handle.push_back(unavailable_handler());
    } else if (--proxy->waiting == 0) {
      handle.push_back(std::move(proxy->handler));
    } else {
      handle.push_back(proxy->handler);
    }
    return {&claim, proxy, std::move(handle), issuers_of(claim, settings_, surroundings_)};
  }

  Proxy& proxy_of(const Object<TargetGroup>& group) {
    const auto [held, fresh] = proxies_.try_emplace(&group);
    if (fresh) {
      held->second.handler = proxy_handler(group.spec, settings_, abilities_);
      held->second.text = canonical_json(held->second.handler);
    }
    return held->second;
  }

  object redirect() const {
    const auto port = surroundings_.https_port == 443 ? std::string() : fmt::format(":{}", surroundings_.https_port);
    return {{"handler", "static_response"},
            {"status_code", 308},
            {"headers", {{"Location", array{("https://{http.request.host}" + port + "{http.request.uri}").c_str()}}}}};
  }

  static object not_here() {
    return {{"handler", "static_response"},
            {"status_code", 404},
            {"headers", {{"Content-Type", array{"text/plain; charset=utf-8"}}}},
            {"body", "404: there is no site of this name here.\n"}};
  }

  // What answers for a site is moved out of it: each is on one server.
  array http_routes() {
    std::vector<SiteRoute> routes;
    SiteRoute redirected{{}, array{redirect()}};
    for (auto& site : sites_) {
      if (site.plain()) {
        routes.push_back({site.claim->names, std::move(site.handle)});
      } else {
        redirected.names.insert(redirected.names.end(), site.claim->names.begin(), site.claim->names.end());
      }
    }
    std::ranges::sort(redirected.names);
    routes.push_back(std::move(redirected));
    return ordered_routes(std::move(routes), array{not_here()});
  }

  array https_routes() {
    std::vector<SiteRoute> routes;
    for (auto& site : sites_) {
      if (!site.plain()) routes.push_back({site.claim->names, std::move(site.handle)});
    }
    return ordered_routes(std::move(routes), array{not_here()});
  }

  // ---- the document
  object server(int port, array sites) const {
    array routes;
    if (has_bouncer()) routes.push_back(object{{"handle", bouncer()}});
    for (auto& route : keep_small_bodies(settings_)) routes.push_back(std::move(route));
    for (auto& site : sites) routes.push_back(std::move(site));
    object out{{"listen", array{fmt::format(":{}", port).c_str()}}, {"logs", object{}}};
    out["errors"] = unavailable_errors();
    out["routes"] = std::move(routes);
    return out;
  }

  object http_app() {
    object https = server(surroundings_.https_port, https_routes());
    https["tls_connection_policies"] =
        connection_policies(shown_, issuers_);  // at least one: never plain HTTP, whatever the port
    https["automatic_https"] = automatic_https(issuers_, !shown_.empty());
    object servers;
    servers["http"] = server(surroundings_.http_port, http_routes());
    servers["https"] = std::move(https);
    object out{{"http_port", surroundings_.http_port},
               {"https_port", surroundings_.https_port},
               {"grace_period", to_string(settings_.grace_period)}};
    out["servers"] = std::move(servers);
    return out;
  }

  // Whom CrowdSec bans is refused before anything else is looked at. Where this Caddy has no such module, everybody is let in.
  bool has_bouncer() const { return abilities_.crowdsec && !surroundings_.crowdsec_lapi_url.empty(); }

  bool has_appsec() const { return has_bouncer() && abilities_.appsec && !surroundings_.crowdsec_appsec_url.empty(); }

  array bouncer() const {
    array out{object{{"handler", "crowdsec"}}};
    if (has_appsec()) out.push_back(object{{"handler", "appsec"}});
    return out;
  }

  // The key stays in Caddy's environment: what is in its configuration lies in files and is shown to whoever asks.
  object crowdsec_app() const {
    auto url = surroundings_.crowdsec_lapi_url;
    if (!url.ends_with('/')) url += '/';
    object out{{"api_url", url},
               {"api_key", "{env.CROWDSEC_BOUNCER_API_KEY}"},
               {"ticker_interval", "10s"},
               {"enable_streaming", true},
               {"enable_hard_fails", false}};
    if (has_appsec()) {
      out["appsec_url"] = surroundings_.crowdsec_appsec_url;
      out["appsec_timeout"] = "1s";  // of each request, where it hangs
      out["appsec_fail_open"] = true;
      out["appsec_max_body_bytes"] = kInspectedBytes;
    }
    return out;
  }

  object log_file(const std::string& path) const {
    object writer{{"output", "file"}, {"filename", path}, {"roll_size_mb", 100}, {"roll_keep", 5}, {"roll_keep_days", 7}};
    if (abilities_.log_file_mode) writer["mode"] = "0644";
    return {{"writer", std::move(writer)}, {"encoder", {{"format", "json"}}}};
  }

  object logging() const {
    constexpr auto kAccess = "http.log.access";
    object logs{{"default", {{"exclude", array{kAccess}}}}};
    if (!surroundings_.access_log.empty()) {
      logs["access"] = log_file(surroundings_.access_log);
      logs["access"].get_object()["include"] = array{kAccess};
    }
    if (!surroundings_.errors_log.empty()) {
      logs["errors"] = log_file(surroundings_.errors_log);
      logs["errors"].get_object()["exclude"] = array{kAccess};
      logs["errors"].get_object()["level"] = "INFO";
    }
    return {{"logs", std::move(logs)}};
  }

  object certificates_and_issuers() const {
    object out = tls_app(issuers_, surroundings_.renewals);
    if (shown_.empty()) return out;
    auto& certificates = out["certificates"];
    if (!certificates.is_object()) certificates = object{};
    certificates.get_object()["load_files"] = load_files(shown_, surroundings_.certificates_folder);
    return out;
  }

  object document() {
    object apps;
    apps["http"] = http_app();
    if (has_bouncer()) apps["crowdsec"] = crowdsec_app();
    if (auto tls = certificates_and_issuers(); !tls.empty()) apps["tls"] = std::move(tls);
    if (auto pki = pki_app(issuers_); !pki.empty()) apps["pki"] = std::move(pki);
    object out{{"admin", surroundings_.admin}, {"logging", logging()}};
    out["apps"] = std::move(apps);
    return out;
  }

  std::int64_t files_written() const {
    std::int64_t last = 0;
    for (const auto& [pair, names] : shown_) {
      const auto found = desired_.pairs_on_disk.find(pair->file(""));
      if (found != desired_.pairs_on_disk.end()) last = std::max(last, found->second);
    }
    return last;
  }

  // ---- verdicts
  static std::string piece(const Site& site) {
    array issuers;
    for (const auto& one : site.issuers) issuers.push_back(one.issuers);
    const auto* const certificate = site.claim->certificate;
    return fnv1a_hex(fmt::format("{}|{}|{}|{}|{}{}", fmt::join(site.claim->names, ","), site.plain(), canonical_json(issuers),
                                 canonical_json(site.claim->host->spec.caddy_handlers),
                                 site.proxy == nullptr ? "" : site.proxy->text,
                                 certificate == nullptr ? "" : "|" + certificate->spec.file("")));
  }

  static std::optional<Condition> supported(const Meta& meta, std::string beyond) {
    if (beyond.empty()) return std::nullopt;
    return Condition{"Supported", Status::no, "NotInThisCaddy", std::move(beyond), meta.generation, {}};
  }

  void judge_hosts() {
    for (const auto& claim : claims_) verdicts_[{Kind::host, claim.host->meta.name}].accepted = claim.accepted;
    for (const auto& site : sites_) {
      const auto& host = *site.claim->host;
      auto& verdict = verdicts_[{Kind::host, host.meta.name}];
      verdict.supported = supported(host.meta, beyond(host.spec, site.issuers));
      if (!verdict.supported) verdict.supported = supported(host.meta, named_elsewhere(site));
      verdict.piece = piece(site);
    }
  }

  // Caddy gets a certificate for a name that another host's has too, as it is: it does not tell the two apart.
  std::string named_elsewhere(const Site& site) const {
    for (const auto& [name, issuers] : site.issuers) {
      const auto other = issuers.empty() ? in_leaves_.end() : in_leaves_.find(name);
      if (other == in_leaves_.end()) continue;
      return fmt::format("the certificate of host/{} names {} too: Caddy may show that one to visitors, or its own",
                         other->second, name);
    }
    return {};
  }

  void judge_groups() {
    for (const auto& group : desired_.target_groups) {
      auto& verdict = verdicts_[{Kind::target_group, group.meta.name}];
      verdict.accepted = accept(group);
      if (!group.errors.empty()) continue;
      verdict.supported = supported(group.meta, beyond(group.spec, abilities_));
      if (const auto used = proxies_.find(&group); used != proxies_.end()) verdict.piece = fnv1a_hex(used->second.text);
    }
  }

  void judge_certificates() {
    for (const auto& certificate : desired_.certificates) {
      auto& verdict = verdicts_[{Kind::certificate, certificate.meta.name}];
      verdict.accepted = accept(certificate);
    }
    for (const auto& site : sites_) {
      const auto* const certificate = site.claim->certificate;
      if (certificate == nullptr) continue;
      verdicts_[{Kind::certificate, certificate->meta.name}].piece =
          fnv1a_hex(fmt::format("{}|{}", canonical_json(to_json_value(certificate->spec)), fmt::join(site.claim->names, ",")));
    }
  }

  void judge_settings() {
    const auto& settings = desired_.settings;
    auto& verdict = verdicts_[{Kind::settings, std::string(Settings::kName)}];
    verdict.accepted = accept(settings);
    if (!settings.errors.empty()) return;
    if (settings_.stream_close_delay.value.count() > 0 && !abilities_.stream_close_delay) {
      verdict.supported =
          supported(settings.meta, "this version of Caddy has no stream_close_delay: each change closes websockets");
    }
    verdict.piece = fnv1a_hex(canonical_json(to_json_value(settings_)));
  }

  // Constant after construction
  const Desired& desired_;
  const CaddyAbilities& abilities_;
  const CaddySurroundings& surroundings_;
  Settings settings_;  // the defaults where the row makes no sense
  std::vector<Claim> claims_;
  std::map<const Object<TargetGroup>*, Proxy> proxies_;  // of the groups in use
  std::vector<Site> sites_;
  std::vector<NameAndIssuers> issuers_;
  std::vector<ShownPair> shown_;
  std::map<std::string, std::string, std::less<>> in_leaves_;

  std::map<Key, Verdict> verdicts_;
};

}  // namespace

Rendered render(const Desired& desired, const CaddyAbilities& abilities, const CaddySurroundings& surroundings) {
  return Renderer(desired, abilities, surroundings).result();
}

}  // namespace argos
