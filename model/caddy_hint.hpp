// SPDX-License-Identifier: Apache-2.0
// Caddy's words on a document that it refuses -> the place that they name, the objects that it comes from, the words less the way there.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "model/caddy_config.hpp"

namespace argos {

// Where Caddy says the trouble is, as a JSON Pointer, and what is left to say: "server https: setting up route handlers: route 3:
// loading handler modules: position 0: loading module 'x': unknown module: http.handlers.x" is
// {"/apps/http/servers/https/routes/3/handle/0", "unknown module: http.handlers.x"}. The pointer is empty where it names no place.
struct Complaint {
  std::string path, words;
  std::string file = {};  // of a certificate, which cannot be loaded
};
Complaint complaint_of(std::string_view message);

// A hint is never a verdict: whether leaving something out helps is for Caddy to say.
struct CaddyHint {
  std::set<Key> suspects;  // empty: none
  bool all_of_them = false;  // each of them, not one among them: they hold the very same refused handler
  std::string words;  // for the condition: "caddyHandlers[0]: unknown module: http.handlers.x"
};
CaddyHint hint_of(std::string_view message, const Desired& forms, const boost::json::value& document);

}  // namespace argos
