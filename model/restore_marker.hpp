// SPDX-License-Identifier: Apache-2.0
// `.restore_pending`: the wish to restore an archive, as it lies in the data folder.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/describe.hpp"
#include "model/error.hpp"

namespace argos {

struct RestoreMarker {
  std::string id;  // empty: written by hand; whoever restores gives it one, and writes the marker anew, before anything else
  std::string archive;  // a path
  std::optional<std::string> sha256;  // 64 lower-case hexadecimal digits
  std::string requested_at;  // RFC 3339
  std::string requested_by;
  std::optional<bool> without_secrets = {};  // go on where no key of the ring opens what lies sealed in it

  bool operator==(const RestoreMarker&) const = default;
};
BOOST_DESCRIBE_STRUCT(RestoreMarker, (), (id, archive, sha256, requested_at, requested_by, without_secrets))

// JSON, or just the archive's path on one line. An unknown field is an error: a misspelt `sha256` must not go unchecked.
Result<RestoreMarker> parse_restore_marker(std::string_view text);

// One line of JSON with a line end.
std::string to_json_text(const RestoreMarker& marker);

}  // namespace argos
