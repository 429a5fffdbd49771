// SPDX-License-Identifier: Apache-2.0
// Settings: what holds for the whole edge. One object, named "default".
#pragma once

#include <string>

#include "model/describe.hpp"
#include "model/kind.hpp"

namespace argos {

struct Settings {
  static constexpr Kind kKind = Kind::settings;
  static constexpr std::string_view kName = "default";

  std::string acme_email;
  Duration grace_period{std::chrono::seconds(10)};
  Duration stream_close_delay{std::chrono::minutes(5)};
  Duration retry_for{std::chrono::seconds(5)};

  bool operator==(const Settings&) const = default;
  static constexpr std::array<FieldDoc, 4> kDocs{{
      {"acme_email", "the ACME account's address where a host names none"},
      {"grace_period", "how long requests of the previous configuration may run on after a change; 1s to 1h"},
      {"stream_close_delay", "how long websockets outlive a change (Caddy 2.7 and newer); up to 24h"},
      {"retry_for", "how long a request looks for a target that accepts it; up to 1m"},
  }};
};
BOOST_DESCRIBE_STRUCT(Settings, (), (acme_email, grace_period, stream_close_delay, retry_for))

}  // namespace argos
