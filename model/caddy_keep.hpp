// SPDX-License-Identifier: Apache-2.0
// Takes over into a document what another one, which runs, has for certain names.
#pragma once

#include <set>
#include <string>

#include <boost/json.hpp>

namespace argos {

// The innermost routes for these names, of servers that both have, the certificate policies, and what loaded files they show, for these
// names alone. They go before those of the document. What is taken over is loaded already, and so cannot be refused for its own sake.
void keep_running(boost::json::value& document, const boost::json::value& running,
                  const std::set<std::string, std::less<>>& names);

}  // namespace argos
