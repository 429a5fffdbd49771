// SPDX-License-Identifier: Apache-2.0
// The second factor: time-based one-time passwords (RFC 6238: SHA-1, six digits, 30 seconds, as every authenticator app knows them).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/condition.hpp"

namespace argos {

constexpr std::size_t kTotpSecretBytes = 20;
constexpr std::chrono::seconds kTotpPeriod{30};

std::int64_t totp_step(WallTime now);
std::string totp_code(std::string_view secret, std::int64_t step);

// The step that the code is of: the current one, or its neighbours for clocks that differ. None that is not after `last`: a code is
// taken once.
std::optional<std::int64_t> totp_match(std::string_view secret, std::string_view code, std::int64_t last, WallTime now);

// RFC 4648, upper case, without padding: what people type into an app.
std::string to_base32(std::string_view bytes);
// otpauth://totp/…, as authenticator apps read it.
std::string totp_url(std::string_view secret, std::string_view issuer, std::string_view account);

}  // namespace argos
