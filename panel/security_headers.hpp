// SPDX-License-Identifier: Apache-2.0
// What every answer tells a browser, so that no other page gets at it and nothing foreign runs in it. HSTS, which only makes sense
// over TLS, is the dispatcher's.
#pragma once

#include <array>
#include <string_view>
#include <utility>

namespace argos {

inline constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kSecurityHeaders{{
    {"Cache-Control", "no-store"},
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
     "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "same-origin"},  // with no-referrer browsers would send changes of the panel's own with Origin: null
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
}};

inline constexpr std::pair<std::string_view, std::string_view> kStrictTransport{"Strict-Transport-Security",
                                                                                "max-age=31536000"};

}  // namespace argos
