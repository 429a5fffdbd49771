// SPDX-License-Identifier: Apache-2.0
// Every refusal of the API: RFC 9457 problem+json, made in one place.
#pragma once

#include <string>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "model/error.hpp"
#include "model/field_error.hpp"
#include "panel/http.hpp"

namespace argos {

struct Problem {
  int status = 500;
  std::string reason;  // CamelCase constant
  std::string detail;  // for a person; never a secret
  std::string hint;    // what to do; may be empty
  FieldErrors errors;
  Headers headers;  // Retry-After, Allow
};

using Answer = boost::system::result<Response, Problem>;

// The status that an Error's reason deserves; 500 for one that nobody thought of.
Problem problem_of(const Error& error);
Problem invalid(FieldErrors errors);  // 422
// `more`: members of its own beside the usual ones (RFC 9457, 3.2).
Response to_response(const Problem& problem, boost::json::object more = {});

boost::json::array to_json(const FieldErrors& errors);
std::string_view status_phrase(int status);
[[noreturn]] void throw_exception_from_error(const Problem& problem, const boost::source_location& where);

}  // namespace argos
