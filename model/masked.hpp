// SPDX-License-Identifier: Apache-2.0
// JSON for people's eyes: short, and without secrets.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

namespace argos {

// Whether the value of a field of that name may be a secret: any of password, key, secret, token, hash, authorization, cookie and
// the like in it. Rather one too many: "keyFile" is one.
bool may_be_secret(std::string_view name);

// Compact JSON, cut after `longest` bytes (an ellipsis says so); empty for null pointers. What may be secret is "***", at any depth:
// by the name of its field, or by what it looks like (a private key, a URL with a password, a bearer's token).
std::string masked(const boost::json::value* value, std::size_t longest = 300);
// The same for what lies at that JSON Pointer, whose own segments are names too.
std::string masked(std::string_view path, const boost::json::value* value, std::size_t longest = 300);

// The same as a value, whole.
boost::json::value without_secrets(std::string_view path, const boost::json::value& whole);

}  // namespace argos
