// SPDX-License-Identifier: Apache-2.0
// KIND and KIND/NAME as they are typed.
#pragma once

#include <string>
#include <string_view>

#include "model/error.hpp"
#include "model/kind.hpp"

namespace argos {

// A kind that has objects; the error names the nearest.
Result<Kind> desired_kind(std::string_view word);

// "host/app", "controller/caddy"; without a slash the name is empty: all of that kind.
Result<Key> parse_key(std::string_view text);

// "/api/v1/hosts/app", percent-encoded; "/api/v1/hosts" without a name.
std::string path_of(const Key& key);

}  // namespace argos
