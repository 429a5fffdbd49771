// SPDX-License-Identifier: Apache-2.0
#include "model/validate.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <spdlog/fmt/fmt.h>

#include "model/cron.hpp"
#include "model/text.hpp"
#include "model/x509.hpp"

namespace argos {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t kMostAliases = 100;
constexpr std::size_t kMostHandlers = 100;
constexpr std::size_t kMostTargets = 1000;
constexpr std::size_t kLongestEmail = 254;
constexpr std::size_t kLongestUrl = 2000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }
bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

class Findings {
 public:
  void add(std::string path, std::string reason, std::string message, std::string hint = {}) {
    errors_.push_back({std::move(path), std::move(reason), std::move(message), std::move(hint)});
  }
  void add(std::string path, const Error& error) { add(std::move(path), error.reason, error.message, error.hint); }
  void range(std::string path, Duration value, Duration least, Duration most) {
    if (value >= least && value <= most) return;
    add(std::move(path), "OutOfRange", fmt::format("{} is out of range", to_string(value)),
        fmt::format("use {} to {}", to_string(least), to_string(most)));
  }
  void range(std::string path, int value, int least, int most) {
    if (value >= least && value <= most) return;
    add(std::move(path), "OutOfRange", fmt::format("{} is out of range", value),
        fmt::format("use a number from {} to {}", least, most));
  }
  void at_most(std::string path, std::size_t count, std::size_t most) {
    if (count > most) add(std::move(path), "OutOfRange", fmt::format("has {} entries; at most {} are allowed", count, most));
  }
  FieldErrors take() { return std::move(errors_); }

 private:
  FieldErrors errors_;
};

void check_host_name(const std::string& host, Findings& found) {
  if (host.empty()) return found.add("spec.host", "Required", "is missing", "name the Host that shows it");
  for (const auto& error : validate_name(Kind::host, host)) found.add("spec.host", error.reason, error.message, error.hint);
}

std::string item(std::string_view list, std::size_t at) { return fmt::format("{}[{}]", list, at); }

// ---- names -----------------------------------------------------------------------------------------------------------------

// What keeps it from being a lower-case DNS label (RFC 1123), if anything.
std::optional<Error> bad_object_name(std::string_view name) {
  constexpr std::size_t kLongest = 63;
  constexpr auto kHint = "use lower-case letters, digits and '-', such as my-app";
  const auto part = [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-'; };
  const auto invalid = [&](std::string message) { return Error{"Invalid", std::move(message), kHint, Retry::never}; };
  if (name.size() > kLongest)
    return invalid(fmt::format("'{}' has {} characters; a name has at most {}", shown(name, 20), name.size(), kLongest));
  if (!std::ranges::all_of(name, part)) return invalid(fmt::format("'{}' is not a name", shown(name)));
  if (name.front() == '-' || name.back() == '-') return invalid(fmt::format("'{}' starts or ends with '-'", name));
  return std::nullopt;
}

void check_target_group_name(Findings& found, const Host& host) {
  constexpr auto kPath = "spec.targetGroup";
  if (!host.target_group.empty()) {
    if (const auto bad = bad_object_name(host.target_group)) found.add(kPath, *bad);
  } else if (host.caddy_handlers.empty()) {
    found.add(kPath, "Required", "is missing: nothing would answer for this host",
              "name a TargetGroup, or give caddyHandlers that answer");
  }
}

// ---- domains ---------------------------------------------------------------------------------------------------------------

void check_domain(Findings& found, const std::string& path, const std::string& domain,
                  std::map<std::string, std::string>& seen) {
  const auto ascii = ascii_domain(domain);
  if (!ascii) return found.add(path, ascii.error());
  const auto [first, fresh] = seen.emplace(*ascii, path);
  if (!fresh)
    found.add(path, "Duplicate", fmt::format("'{}' is the same name as {}", shown(domain), first->second),
              "take one of them out");
}

void check_domains(Findings& found, const Host& host) {
  std::map<std::string, std::string> seen;  // ASCII form -> path
  if (host.domain.empty()) {
    found.add("spec.domain", "Required", "is missing", "write the name that visitors type, such as app.example.com");
  } else {
    check_domain(found, "spec.domain", host.domain, seen);
  }
  found.at_most("spec.aliases", host.aliases.size(), kMostAliases);
  for (std::size_t at = 0; at < std::min(host.aliases.size(), kMostAliases); ++at) {
    check_domain(found, item("spec.aliases", at), host.aliases[at], seen);
  }
}

bool has_wildcard(const Host& host) {
  const auto is_wildcard = [](std::string_view name) { return name.starts_with("*."); };
  return is_wildcard(host.domain) || std::ranges::any_of(host.aliases, is_wildcard);
}

// ---- TLS -------------------------------------------------------------------------------------------------------------------

// Narrower than RFC 5322 on purpose: what ACME servers take. Caddy refuses its whole configuration over braces in it.
bool is_email(std::string_view email) {
  const auto at = email.rfind('@');
  if (at == std::string_view::npos || at == 0 || email.size() > kLongestEmail || !is_ascii(email)) return false;
  const auto local = email.substr(0, at);
  const auto wrong = [](char c) {
    return is_control(c) || std::string_view(" \"(),:;<>@[\\]{}").find(c) != std::string_view::npos;
  };
  if (std::ranges::any_of(local, wrong) || local.front() == '.' || local.back() == '.') return false;
  const auto domain = email.substr(at + 1);
  return !domain.starts_with('*') && ascii_domain(domain).has_value();
}

void check_email(Findings& found, const std::string& path, const std::string& email) {
  if (email.empty() || is_email(email)) return;
  found.add(path, "Invalid", fmt::format("'{}' is not an e-mail address", shown(email)), "use one such as admin@example.com");
}

// Its text is never shown: it may hold a password.
void check_acme_url(Findings& found, const std::string& url) {
  constexpr auto kPath = "spec.tls.acmeCaUrl";
  constexpr auto kHint = "use one such as https://acme.example.com/directory";
  if (url.empty()) return;
  const auto parsed = boost::urls::parse_absolute_uri(url);
  if (!parsed || url.size() > kLongestUrl) return found.add(kPath, "Invalid", "is not a URL", kHint);
  if (parsed->scheme_id() != boost::urls::scheme::https && parsed->scheme_id() != boost::urls::scheme::http) {
    return found.add(kPath, "Invalid", "is not an https:// or http:// URL", kHint);
  }
  if (parsed->encoded_host().empty()) return found.add(kPath, "Invalid", "has no host", kHint);
  if (parsed->has_userinfo()) found.add(kPath, "Invalid", "has a user name or a password in it", kHint);
}

void check_tls(Findings& found, const Host& host) {
  check_email(found, "spec.tls.email", host.tls.email);
  check_acme_url(found, host.tls.acme_ca_url);
  if (host.tls.challenge == Challenge::dns) {
    found.add("spec.tls.challenge", "NotSupported", "dns is not supported yet: no DNS provider can be configured",
              "use http or tls-alpn, or leave it out");
  } else if (host.tls.mode == TlsMode::auto_ && has_wildcard(host)) {
    found.add("spec.tls.mode", "NotSupported",
              "auto gets no certificate for a wildcard: that takes the dns challenge, which is not supported yet",
              "set tls.mode to manual or internal");
  }
}

// ---- the rest of a host ----------------------------------------------------------------------------------------------------

// Boost.JSON may be off by the last bit when it reads 16 digits or more. Such a number would never compare equal to itself after
// a trip through the database or Caddy, and argos would write it again and again.
bool survives_json(const boost::json::value& value) {
  switch (value.kind()) {
    case boost::json::kind::double_: return boost::json::parse(boost::json::serialize(value)) == value;
    case boost::json::kind::array: return std::ranges::all_of(value.get_array(), survives_json);
    case boost::json::kind::object:
      return std::ranges::all_of(value.get_object(), [](const auto& member) { return survives_json(member.value()); });
    default: return true;
  }
}

void check_handler(Findings& found, const std::string& path, const boost::json::value& handler) {
  constexpr auto kHint = "write Caddy's own JSON as YAML, such as {handler: static_response, body: hello}";
  if (!handler.is_object())
    return found.add(path, "WrongType", fmt::format("must be a mapping, found {}", detail::type_name(handler)), kHint);
  if (!survives_json(handler)) {
    found.add(path, "Invalid", "has a number with more digits than can be kept", "write it with at most 15 digits");
  }
  const auto* const name = handler.get_object().if_contains("handler");
  if (name == nullptr) return found.add(path + ".handler", "Required", "is missing", kHint);
  if (!name->is_string() || name->get_string().empty()) {
    found.add(path + ".handler", "WrongType",
              fmt::format("must be the name of a Caddy handler, found {}",
                          name->is_string() ? "an empty text" : detail::type_name(*name)),
              kHint);
  }
}

void check_handlers(Findings& found, const boost::json::array& handlers) {
  constexpr auto kPath = "spec.caddyHandlers";
  found.at_most(kPath, handlers.size(), kMostHandlers);
  for (std::size_t at = 0; at < std::min(handlers.size(), kMostHandlers); ++at)
    check_handler(found, item(kPath, at), handlers[at]);
}

// ---- target groups ---------------------------------------------------------------------------------------------------------

void check_port(Findings& found, const std::string& path, int port) {
  constexpr auto kHint = "use a number from 1 to 65535";
  if (port == 0) return found.add(path, "Required", "is missing", kHint);
  if (port < 1 || port > 65535) found.add(path, "OutOfRange", fmt::format("{} is not a port", port), kHint);
}

void check_target(Findings& found, const std::string& path, const Target& target,
                  std::unordered_map<std::string, std::string>& seen) {
  check_port(found, path + ".port", target.port);
  found.range(path + ".weight", target.weight, 1, 100);
  if (target.host.empty())
    return found.add(path + ".host", "Required", "is missing", "write a name or an address, such as app.lan or 192.0.2.7");
  const auto host = target_host(target.host);
  if (!host) return found.add(path + ".host", host.error());
  const auto [first, fresh] = seen.emplace(host_and_port(*host, target.port), path);
  if (fresh) return;
  found.add(path, "Duplicate", fmt::format("{} is already {}", first->first, first->second),
            "give the first one a higher weight instead");
}

void check_targets(Findings& found, const std::vector<Target>& targets) {
  constexpr auto kPath = "spec.targets";
  std::unordered_map<std::string, std::string> seen;  // host:port -> path
  found.at_most(kPath, targets.size(), kMostTargets);
  for (std::size_t at = 0; at < std::min(targets.size(), kMostTargets); ++at)
    check_target(found, item(kPath, at), targets[at], seen);
}

// What Caddy refuses together with its whole configuration: "//…", bad escapes, control characters, a fragment.
std::optional<std::string> bad_path(std::string_view path) {
  if (!path.starts_with('/')) return "does not start with '/'";
  if (path.starts_with("//")) return "starts with '//'";
  if (path.size() > kLongestUrl) return fmt::format("has {} characters; at most {} are allowed", path.size(), kLongestUrl);
  if (std::ranges::any_of(path, is_control)) return "has a control character in it";
  if (path.find(' ') != std::string_view::npos) return "has a space in it";
  if (path.find('#') != std::string_view::npos) return "has a '#' in it, which no server gets to see";
  if (!is_ascii(path)) return "has letters outside ASCII in it";
  if (!boost::urls::parse_origin_form(path))
    return "is not a path: a '%' needs two hexadecimal digits, and characters such as '{' need escapes";
  return std::nullopt;
}

bool is_status_pattern(std::string_view text) {
  return text.size() == 3 && text[0] >= '1' && text[0] <= '5' &&
         (text.substr(1) == "xx" || (is_digit(text[1]) && is_digit(text[2])));
}

void check_health(Findings& found, const HealthCheck& check) {
  const std::string path = "spec.healthCheck.";
  if (const auto bad = bad_path(check.path)) {
    found.add(path + "path", "Invalid", fmt::format("'{}' {}", shown(check.path), *bad),
              "use one such as /health, percent-encoded where need be");
  }
  if (!is_status_pattern(check.expect_status)) {
    found.add(path + "expectStatus", "Invalid", fmt::format("'{}' is not a status", shown(check.expect_status)),
              "use one such as 200, or a class such as 2xx");
  }
  found.range(path + "interval", check.interval, {seconds(1)}, {hours(24)});
  if (check.timeout.value <= milliseconds(0)) {
    found.add(path + "timeout", "OutOfRange", "must be more than 0s", "use one such as 5s");
  } else if (check.timeout > check.interval) {
    found.add(path + "timeout", "OutOfRange",
              fmt::format("{} is longer than the interval of {}", to_string(check.timeout), to_string(check.interval)),
              "make it shorter, or the interval longer");
  }
  found.range(path + "fails", check.fails, 1, 100);
  found.range(path + "passes", check.passes, 1, 100);
}

}  // namespace

FieldErrors validate(const Host& host) {
  Findings found;
  check_domains(found, host);
  check_target_group_name(found, host);
  check_tls(found, host);
  check_handlers(found, host.caddy_handlers);
  return found.take();
}

FieldErrors validate(const TargetGroup& group) {
  Findings found;
  check_health(found, group.health_check);
  check_targets(found, group.targets);
  return found.take();
}

FieldErrors validate(const Certificate& certificate) {
  auto found = validate_unread(certificate);
  if (!is_pem(certificate.cert_pem)) found.push_back({"spec.certificate", "NotPem", "is no certificate in PEM form", ""});
  return found;
}

FieldErrors validate_unread(const Certificate& certificate) {
  Findings found;
  check_host_name(certificate.host, found);
  if (certificate.key_pem_encrypted.empty()) found.add("spec.sealedKey", "Required", "there is no private key");
  return found.take();
}

FieldErrors validate(const CertificateInput& sent) {
  Findings found;
  check_host_name(sent.host, found);
  const auto once = [&](std::string_view field, std::initializer_list<const std::string*> ways, std::string_view hint) {
    const auto given = std::ranges::count_if(ways, [](const std::string* way) { return !way->empty(); });
    if (given > 1) found.add(fmt::format("spec.{}", field), "Duplicate", "is given in more than one way", std::string(hint));
    return given > 0;
  };
  if (!once("certificate", {&sent.certificate, &sent.certificate_file}, "keep certificate or certificateFile"))
    found.add("spec.certificate", "Required", "is missing", "write certificate: |, or certificateFile: FILE");
  if (!once("key", {&sent.key, &sent.key_file, &sent.sealed_key}, "keep one of key, keyFile and sealedKey"))
    found.add("spec.key", "Required", "is missing", "write keyFile: FILE, or sealedKey with what `argos seal` prints");
  once("chain", {&sent.chain, &sent.chain_file}, "keep chain or chainFile");
  return found.take();
}

FieldErrors validate(const Settings& settings) {
  Findings found;
  check_email(found, "spec.acmeEmail", settings.acme_email);
  found.range("spec.gracePeriod", settings.grace_period, {seconds(1)}, {hours(1)});
  found.range("spec.streamCloseDelay", settings.stream_close_delay, {seconds(0)}, {hours(24)});
  found.range("spec.retryFor", settings.retry_for, {seconds(0)}, {minutes(1)});
  found.range("spec.historyLimit", settings.history_limit, 100, 1'000'000);
  return found.take();
}

namespace {

constexpr int kLongestAge = 36'500;  // days
constexpr int kMostKept = 10'000;  // archives

void check_retention(Findings& found, const Retention& retention) {
  found.range("spec.retention.days", retention.days, 0, kLongestAge);
  const auto count = [&](std::string_view field, int value) {
    found.range(fmt::format("spec.retention.{}", field), value, 0, kMostKept);
  };
  count("keepLast", retention.keep_last);
  count("keepDaily", retention.keep_daily);
  count("keepWeekly", retention.keep_weekly);
  count("keepMonthly", retention.keep_monthly);
  if (keeps_nothing(retention)) {
    found.add("spec.retention", "Required", "keeps nothing: every archive would be deleted as soon as it is made",
              "set days, or one of keepLast, keepDaily, keepWeekly and keepMonthly");
  }
  if (retention.kinds.empty()) {
    found.add("spec.retention.kinds", "Required", "names no kind of archives",
              "write [scheduled]; to delete none, set days: 36500");
  }
  auto kinds = retention.kinds;
  std::ranges::sort(kinds);
  if (std::ranges::adjacent_find(kinds) != kinds.end())
    found.add("spec.retention.kinds", "Duplicate", "names a kind twice", "name each once");
}

}  // namespace

FieldErrors validate(const BackupPolicy& policy) {
  Findings found;
  if (const auto schedule = parse_cron(policy.schedule); !schedule) found.add("spec.schedule", schedule.error());
  check_retention(found, policy.retention);
  return found.take();
}

FieldErrors validate_name(Kind kind, std::string_view name) {
  Findings found;
  constexpr auto kPath = "metadata.name";
  if (name.empty()) {
    found.add(kPath, "Required", "is missing", "give the object a name, such as my-app");
  } else if (const auto only = only_name(kind); !only.empty() && name != only) {
    const auto of_them = kind == Kind::settings ? "the settings" : "the backup policy";
    found.add(kPath, "Invalid", fmt::format("'{}' is not the name of {}", shown(name), of_them),
              fmt::format("there is one {} object, named {}", names_of(kind).manifest, only));
  } else if (const auto bad = bad_object_name(name)) {
    found.add(kPath, *bad);
  }
  return found.take();
}

}  // namespace argos
