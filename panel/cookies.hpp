// SPDX-License-Identifier: Apache-2.0
// The one cookie: it carries a session's token, which no script sees and no other site sends.
#pragma once

#include <string>
#include <string_view>

#include "panel/request.hpp"

namespace argos {

// The token in the request's cookie; empty where there is none. Behind TLS the name begins with __Host-, so that no neighbouring domain
// can set it (RFC 6265bis, 4.1.3.2).
std::string_view session_cookie(const Request& request);

// Set-Cookie's value.
std::string set_session_cookie(const Request& request, std::string_view token);
std::string drop_session_cookie(const Request& request);

}  // namespace argos
