// SPDX-License-Identifier: Apache-2.0
// Settings: what holds for the whole edge. One object, named "default".
#pragma once

#include <string>

#include "model/describe.hpp"
#include "model/kind.hpp"

namespace argos {

// What is done about a difference that somebody else made.
enum class OnDrift { heal, report };
BOOST_DESCRIBE_ENUM(OnDrift, heal, report)

struct Drift {
  OnDrift caddy = OnDrift::heal;
  OnDrift manifests = OnDrift::heal;
  OnDrift certificates = OnDrift::heal;

  bool operator==(const Drift&) const = default;
  static constexpr std::array<FieldDoc, 3> kDocs{{
      {"caddy",
       "Caddy's configuration was changed by somebody else: heal puts it back at once; report leaves it until the next wish"},
      {"manifests",
       "an object of a manifest was changed in the database: heal puts it back; report leaves it until the file changes"},
      {"certificates",
       "a certificate's file was changed: heal puts it back; report leaves it until the next wish, when Caddy reads them all"},
  }};
};
BOOST_DESCRIBE_STRUCT(Drift, (), (caddy, manifests, certificates))

struct Settings {
  static constexpr Kind kKind = Kind::settings;
  static constexpr std::string_view kName = "default";

  std::string acme_email;
  Duration grace_period{std::chrono::seconds(10)};
  Duration stream_close_delay{std::chrono::minutes(5)};
  Duration retry_for{std::chrono::seconds(5)};
  Drift drift;
  int history_limit = 10'000;

  bool operator==(const Settings&) const = default;
  static constexpr std::array<FieldDoc, 6> kDocs{{
      {"acme_email", "the ACME account's address where a host names none"},
      {"grace_period", "how long requests of the previous configuration may run on after a change; 1s to 1h"},
      {"stream_close_delay", "how long websockets outlive a change (Caddy 2.7 and newer); up to 24h"},
      {"retry_for", "how long a request looks for a target that accepts it; up to 1m"},
      {"drift", "what is done about differences that somebody else made"},
      {"history_limit", "how many revisions are kept, of all objects together; 100 to 1000000"},
  }};
};
BOOST_DESCRIBE_STRUCT(Settings, (), (acme_email, grace_period, stream_close_delay, retry_for, drift, history_limit))

}  // namespace argos
