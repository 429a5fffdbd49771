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

// One object, from KIND NAME or KIND/NAME. Settings have one name only, which may be left out.
Result<Key> parse_object(const std::string& kind, const std::string& name);

// "&kind=Host&name=app", for /api/v1/history.
std::string history_of(const Key& key);

// "/api/v1/hosts/app", percent-encoded; "/api/v1/hosts" without a name.
std::string path_of(const Key& key);

}  // namespace argos
