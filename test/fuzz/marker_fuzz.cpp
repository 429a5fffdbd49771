// SPDX-License-Identifier: Apache-2.0
// Any bytes as a restore marker, a duration, a domain or a target's host: what is taken is stable, the rest is an error.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "model/restore_marker.hpp"
#include "model/text.hpp"
#include "model/validate.hpp"

namespace {

void require(bool holds, const char* rule) {
  if (holds) return;
  std::fprintf(stderr, "broken rule: %s\n", rule);
  std::abort();
}

void check_names(std::string_view text) {
  if (const auto ascii = argos::ascii_domain(text)) {
    require(ascii->size() <= 253, "a domain is short");
    require(argos::ascii_domain(*ascii).has_value() && *argos::ascii_domain(*ascii) == *ascii,
            "a domain's ASCII form is its own");
  }
  if (const auto host = argos::target_host(text)) {
    require(argos::target_host(*host).has_value() && *argos::target_host(*host) == *host, "a host's one spelling is its own");
  }
  if (const auto duration = argos::parse_duration(text)) {
    require(argos::parse_duration(to_string(*duration)) == duration, "a duration comes back");
  }
  require(argos::is_utf8(argos::shown(text)), "what is shown is UTF-8");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_names(text);
  const auto marker = argos::parse_restore_marker(text);
  if (!marker) {
    require(marker.error().reason == "MarkerInvalid" && argos::is_utf8(marker.error().text()), "an error says something");
    return 0;
  }
  require(!marker->archive.empty(), "a marker names an archive");
  const auto again = argos::parse_restore_marker(to_json_text(*marker));
  require(again.has_value() && *again == *marker, "a marker comes back");
  return 0;
}
