// SPDX-License-Identifier: Apache-2.0
// Host: a name that visitors type, and what answers them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/describe.hpp"
#include "model/kind.hpp"

namespace argos {

enum class TlsMode { auto_, manual, internal, none };
BOOST_DESCRIBE_ENUM(TlsMode, auto_, manual, internal, none)

enum class Challenge { http, tls_alpn, dns };
BOOST_DESCRIBE_ENUM(Challenge, http, tls_alpn, dns)
template <>
struct EnumText<Challenge> {
  static std::string of(std::string_view name) { return name == "tls_alpn" ? "tls-alpn" : std::string(name); }
};

struct Tls {
  TlsMode mode = TlsMode::auto_;
  std::string email;
  std::optional<Challenge> challenge;
  std::string acme_ca_url;

  bool operator==(const Tls&) const = default;
  static constexpr std::array<FieldDoc, 4> kDocs{{
      {"mode",
       "auto: an ACME certificate; manual: the Certificate object of this host; internal: Caddy's own CA; none: plain HTTP"},
      {"email", "the ACME account's address"},
      {"challenge", "the only ACME challenge to use; unset: whichever works"},
      {"acme_ca_url", "the ACME directory; unset: Let's Encrypt"},
  }};
};
BOOST_DESCRIBE_STRUCT(Tls, (), (mode, email, challenge, acme_ca_url))

struct Host {
  static constexpr Kind kKind = Kind::host;

  std::string domain;  // one leading wildcard label allowed; may be Unicode
  std::vector<std::string> aliases;
  std::string target_group;  // a TargetGroup's name; empty only where caddy_handlers answer
  bool enabled = true;
  Tls tls;
  boost::json::array caddy_handlers;  // raw Caddy handlers put before the proxy

  bool operator==(const Host&) const = default;
  static constexpr std::array<std::string_view, 1> kRequired{"domain"};
  static constexpr std::array<FieldDoc, 6> kDocs{{
      {"domain", "the host's name; its first label may be a wildcard"},
      {"aliases", "more names that answer the same"},
      {"target_group", "the TargetGroup that answers"},
      {"enabled", "false: the host is kept but not served"},
      {"tls", "where the certificate comes from"},
      {"caddy_handlers", "raw Caddy handlers put before the proxy, for what argos has no field for"},
  }};
};
BOOST_DESCRIBE_STRUCT(Host, (), (domain, aliases, target_group, enabled, tls, caddy_handlers))

}  // namespace argos
