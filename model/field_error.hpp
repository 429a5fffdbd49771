// SPDX-License-Identifier: Apache-2.0
// One thing wrong with one field of an object. Validation returns all of them at once.
#pragma once

#include <string>
#include <vector>

namespace argos {

struct FieldError {
  std::string path;     // "spec.targets[0].port"
  std::string reason;   // Required, Invalid, Unknown, WrongType, OutOfRange, Duplicate, NotSupported
  std::string message;  // "70000 is not a port"
  std::string hint;     // "use a number from 1 to 65535"; may be empty

  bool operator==(const FieldError&) const = default;
};
using FieldErrors = std::vector<FieldError>;

// "spec.domain: 'a b' is not a domain name (…); spec.tls.mode: …", for a condition or one line on a terminal.
std::string to_string(const FieldErrors& errors);

}  // namespace argos
