// SPDX-License-Identifier: Apache-2.0
// .env: the secrets of an argos, made once.
#pragma once

#include <string>

#include "runtime/config.hpp"

namespace argos {

constexpr const char* kEnvFile = ".env";

// With fresh secrets, 0600; one that is there is never changed. False: there is one.
Result<bool> make_env_file(const std::string& path);

// KEY=VALUE lines, as docker compose reads them; quotes around a value are taken off. What the environment says goes first.
void add_env_file(const std::string& path, Environment& environment);

}  // namespace argos
