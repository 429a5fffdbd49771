// SPDX-License-Identifier: Apache-2.0
// What the wiring hears of Caddy, for those who look behind it.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "model/caddy_log.hpp"
#include "runtime/clock.hpp"

namespace argos {

// Loop thread only.
struct CaddyTold {
  std::optional<Time> last;  // when its admin connection last moved: its figures and certificates may have begun anew then

  // By its log
  IssueTroubles troubles;
  std::set<std::string, std::less<>> names;  // of which there was news

  // True where the line tells of a certificate.
  bool hear(std::string_view line) {
    const auto news = read_certificate_news(line);
    if (!news) return false;
    troubles.note(*news);
    names.insert(news->name);
    return true;
  }
};

}  // namespace argos
