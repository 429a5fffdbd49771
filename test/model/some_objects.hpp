// SPDX-License-Identifier: Apache-2.0
// Sound objects at random, the same ones for the same seed.
#pragma once

#include <cmath>
#include <random>
#include <string>

#include "model/object.hpp"
#include "model/validate.hpp"

namespace argos {

class SomeObjects {
 public:
  explicit SomeObjects(std::uint64_t seed) : random_(seed) {}

  template <class Spec>
  Spec spec() {
    if constexpr (std::is_same_v<Spec, Host>) return host();
    if constexpr (std::is_same_v<Spec, TargetGroup>) return target_group();
    if constexpr (std::is_same_v<Spec, Settings>) return settings();
    if constexpr (std::is_same_v<Spec, BackupPolicy>) return backup_policy();
  }

  Host host() {
    Host host;
    host.tls.mode = pick({TlsMode::auto_, TlsMode::manual, TlsMode::internal, TlsMode::none});
    host.domain = (host.tls.mode != TlsMode::auto_ && coin() ? "*." : "") + domain();
    for (int count = number(0, 5); count > 0; --count) host.aliases.push_back(domain());
    host.target_group = "group-" + std::to_string(number(0, 99));
    host.enabled = coin();
    if (coin()) host.tls.email = "admin+" + std::to_string(number(0, 9)) + "@example.com";
    if (coin()) host.tls.challenge = pick({Challenge::http, Challenge::tls_alpn});
    if (coin()) host.tls.acme_ca_url = "https://acme.example.com/dir?x=" + std::to_string(number(0, 9));
    for (int count = number(0, 3); count > 0; --count) {
      host.caddy_handlers.push_back(boost::json::object{{"handler", "static_response"}, {"body", text()}, {"more", json(3)}});
    }
    return host;
  }

  TargetGroup target_group() {
    TargetGroup group;
    group.protocol = pick({Protocol::http, Protocol::https});
    group.verify_tls = coin();
    group.algorithm = pick({Algorithm::round_robin, Algorithm::least_conn, Algorithm::ip_hash, Algorithm::random});
    group.preserve_host = coin();
    group.health_check = {.enabled = coin(),
                          .path = "/health?n=" + std::to_string(number(0, 9)),
                          .method = pick({HealthMethod::get, HealthMethod::head}),
                          .expect_status = coin() ? "2xx" : std::to_string(number(100, 599)),
                          .interval = {std::chrono::milliseconds(number(2'000, 86'400'000))},
                          .timeout = {std::chrono::milliseconds(number(1, 2'000))},
                          .fails = number(1, 100),
                          .passes = number(1, 100)};
    for (int at = 0, count = number(0, 6); at < count; ++at) {
      const std::string host = pick({"10.0.0.", "2001:db8::", "app-"}) + std::to_string(at + 1);
      group.targets.push_back({.host = host, .port = number(1, 65535), .weight = number(1, 100), .enabled = coin()});
    }
    return group;
  }

  Settings settings() {
    Settings settings;
    if (coin()) settings.acme_email = "admin@example.com";
    settings.grace_period.value = std::chrono::milliseconds(number(1'000, 3'600'000));
    settings.stream_close_delay.value = std::chrono::milliseconds(number(0, 86'400'000));
    settings.retry_for.value = std::chrono::milliseconds(number(0, 60'000));
    return settings;
  }

  BackupPolicy backup_policy() {
    BackupPolicy policy;
    policy.enabled = coin();
    policy.schedule = pick({"0 2 * * *", "@daily", "*/5 1-3 * * mon"});
    policy.retention = {number(1, 400), number(0, 9), number(0, 9), number(0, 9), number(0, 9), {BackupKind::scheduled}};
    if (coin()) policy.retention.kinds.push_back(BackupKind::manual);
    policy.include_caddy_data = coin();
    return policy;
  }

  // Any JSON: what YAML must carry unharmed.
  boost::json::value json(int levels) {
    switch (number(0, levels > 0 ? 8 : 6)) {
      case 0: return nullptr;
      case 1: return coin();
      case 2: return static_cast<std::int64_t>(random_());
      case 3: return random_();
      case 4: return std::ldexp(static_cast<double>(number(-1000, 1000)), number(-10, 10));
      case 7: {
        boost::json::array out;
        for (int count = number(0, 3); count > 0; --count) out.push_back(json(levels - 1));
        return out;
      }
      case 8: {
        boost::json::object out;
        for (int count = number(0, 3); count > 0; --count) out[text()] = json(levels - 1);
        return out;
      }
      default: return boost::json::string(text());
    }
  }

  // Pieces that mean something to YAML, in any order.
  std::string text() {
    static const std::vector<std::string> kPieces{
        "a",  "b c",    " ",      "  ",         "\n",   "\n\n", "\t",   ":",
        ": ", "#",      " #",     "-",          "- ",   "---",  "...",  "?",
        "!",  "&a",     "*a",     "|",          ">",    "'",    "\"",   "\\",
        "%",  "@",      "`",      "{",          "}",    "[",    "]",    ",",
        "~",  "null",   "true",   "yes",        "0x1F", "0o7",  "1e3",  ".5",
        "-",  ".inf",   "12:30",  "2026-11-23", "<<",   "=",    "ü",    "日本",
        "😀", "\u2028", "\u0085", "\ufeff",     "\r",   "\x01", "\x7f", std::string(1, '\0')};
    std::string out;
    for (int count = number(0, 5); count > 0; --count)
      out += kPieces[static_cast<std::size_t>(number(0, static_cast<int>(kPieces.size()) - 1))];
    return out;
  }

  int number(int least, int most) { return std::uniform_int_distribution<int>(least, most)(random_); }
  bool coin() { return number(0, 1) == 1; }

 private:
  template <class T>
  T pick(std::initializer_list<T> choices) {
    return *(choices.begin() + number(0, static_cast<int>(choices.size()) - 1));
  }
  std::string domain() {
    return pick({"app", "my_app", "bücher", "日本語"}) + std::string("-") + std::to_string(next_++) + ".example.com";
  }

  std::mt19937_64 random_;
  int next_ = 0;
};

}  // namespace argos
