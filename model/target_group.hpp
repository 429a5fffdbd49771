// SPDX-License-Identifier: Apache-2.0
// TargetGroup: the servers behind a host, how a request picks one, and how argos knows that they live.
#pragma once

#include <string>
#include <vector>

#include "model/describe.hpp"
#include "model/kind.hpp"

namespace argos {

enum class Protocol { http, https };
BOOST_DESCRIBE_ENUM(Protocol, http, https)

enum class Algorithm { round_robin, least_conn, ip_hash, random };
BOOST_DESCRIBE_ENUM(Algorithm, round_robin, least_conn, ip_hash, random)

enum class HealthMethod { get, head };
BOOST_DESCRIBE_ENUM(HealthMethod, get, head)
template <>
struct EnumText<HealthMethod> {
  static std::string of(std::string_view name) { return name == "get" ? "GET" : "HEAD"; }
};

struct HealthCheck {
  bool enabled = false;
  std::string path = "/";
  HealthMethod method = HealthMethod::get;
  std::string expect_status = "2xx";  // "200" or "2xx"
  Duration interval{std::chrono::seconds(30)};
  Duration timeout{std::chrono::seconds(5)};
  int fails = 1;
  int passes = 1;

  bool operator==(const HealthCheck&) const = default;
  static constexpr std::array<std::string_view, 1> kAlsoNumbers{"expect_status"};
  static constexpr std::array<FieldDoc, 8> kDocs{{
      {"enabled", "ask each target regularly, apart from visitors' requests"},
      {"path", "the path, with a query if need be"},
      {"method", "GET or HEAD"},
      {"expect_status", "a status such as 200, or a class such as 2xx"},
      {"interval", "from 1s to 24h"},
      {"timeout", "how long an answer may take"},
      {"fails", "that many failures in a row: unhealthy"},
      {"passes", "that many successes in a row: healthy again"},
  }};
};
BOOST_DESCRIBE_STRUCT(HealthCheck, (), (enabled, path, method, expect_status, interval, timeout, fails, passes))

struct Target {
  std::string host;  // IPv4, IPv6 (no brackets) or a DNS name
  int port = 0;
  int weight = 1;
  bool enabled = true;

  bool operator==(const Target&) const = default;
  static constexpr std::array<std::string_view, 2> kRequired{"host", "port"};
  static constexpr std::array<FieldDoc, 4> kDocs{{
      {"host", "an IPv4 or IPv6 address, or a DNS name"},
      {"port", "1 to 65535"},
      {"weight", "1 to 100: its share of the requests"},
      {"enabled", "false: gets no request"},
  }};
};
BOOST_DESCRIBE_STRUCT(Target, (), (host, port, weight, enabled))

struct TargetGroup {
  static constexpr Kind kKind = Kind::target_group;

  Protocol protocol = Protocol::http;
  bool verify_tls = true;
  Algorithm algorithm = Algorithm::round_robin;
  bool preserve_host = true;
  HealthCheck health_check;
  std::vector<Target> targets;

  bool operator==(const TargetGroup&) const = default;
  static constexpr std::array<FieldDoc, 6> kDocs{{
      {"protocol", "how Caddy speaks to the targets"},
      {"verify_tls", "with https: refuse a target whose certificate does not verify"},
      {"algorithm", "how a request picks its target"},
      {"preserve_host", "true: targets see the name that the visitor typed; false: their own"},
      {"health_check", "active health checks"},
      {"targets", "the servers"},
  }};
};
BOOST_DESCRIBE_STRUCT(TargetGroup, (), (protocol, verify_tls, algorithm, preserve_host, health_check, targets))

}  // namespace argos
