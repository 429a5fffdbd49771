// SPDX-License-Identifier: Apache-2.0
// What lies sealed under which key, worked out here: with the keys of this environment.
#pragma once

#include <boost/json/value.hpp>

#include "model/error.hpp"
#include "runtime/config.hpp"

namespace argos {

// As the running argos tells it at /api/v1/keys (runtime/key_report.hpp).
Result<boost::json::value> keys_here(const Config& config);

}  // namespace argos
