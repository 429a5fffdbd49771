// SPDX-License-Identifier: Apache-2.0
// Objects as the API tells them -> manifests, their differences, their changes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "cli/output.hpp"
#include "model/kind.hpp"

namespace argos {

// What can be applied again: apiVersion, kind, metadata.name and spec.
boost::json::object manifest_of(const boost::json::value& object);
std::string manifest_text(const boost::json::value& object);  // YAML
// The same for people's eyes: what a certificate says instead of its text, and nothing of its key.
std::string readable_text(const boost::json::value& object);

// A span in its largest sensible unit: "5s", "3m", "7h", "12d".
std::string rounded(std::int64_t seconds);
// How long until a time (RFC 3339): "84d", "5h", "3m", "30s"; "ended" where it has passed, empty where it is none.
std::string time_left(const std::string& until);
// Of a host's certificates, the first to end.
std::string expiry_of(const boost::json::value& host);

// What is wrong with an object's row, on one line; empty where nothing is.
std::string row_errors(const boost::json::value& object);

// "host/app", from an object of the API, a revision, or a result.
Key key_of(const boost::json::value& object);

// Two earlier forms of one object, either of which may be null, as `diff -u` would print them; who owns it counts too.
std::string form_diff(const boost::json::value& before, const std::string& before_label, const boost::json::value& after,
                      const std::string& after_label);
// Coloured on a terminal.
void print_diff(std::string_view diff);

// Revisions, newest first.
Table revision_table(const boost::json::array& revisions);

}  // namespace argos
