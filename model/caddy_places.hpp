// SPDX-License-Identifier: Apache-2.0
// Where in a Caddy document a host lies, and whose a place in it is: by the names in its routes and policies, whoever wrote it.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

namespace argos {

// The steps of a JSON Pointer (RFC 6901), unescaped, and back.
std::vector<std::string> pointer_steps(std::string_view pointer);
std::string pointer_of(const std::vector<std::string>& steps);

// What a place belongs to: the innermost route with names, the policy for certificates or connections, or the loaded certificate, on the
// way to it.
struct Owner {
  std::vector<std::string> names;  // empty: nobody's
  std::vector<std::string> rest;  // the steps from there on
};
Owner owner_of(const boost::json::value& document, std::string_view pointer);

// Where the host with these names lies: the outermost routes that are for no other name, and the certificate policies that are for at
// least one of them; as JSON Pointers, in the document's order.
std::vector<std::string> places_of(const boost::json::value& document, const std::set<std::string, std::less<>>& names);

// Every name that some route of the document answers for.
std::set<std::string, std::less<>> names_in(const boost::json::value& document);

// Those of them that are held to certificates which are loaded from files.
std::set<std::string, std::less<>> names_held_to_pairs(const boost::json::value& document);

// The innermost route of that server that is for this name; null where there is none.
boost::json::object* find_route(boost::json::value& document, std::string_view server, std::string_view name);

}  // namespace argos
