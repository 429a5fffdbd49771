// SPDX-License-Identifier: Apache-2.0
// Certificates that operators bring, in Caddy's document: the files to load, and which names show which of them.
//
// Caddy itself would show any loaded certificate that fits a name. So each pair carries a tag, and a connection policy holds the names
// of a host to its tag. The tag names the chain: Caddy 2.6 keeps one tag only of a chain that is loaded twice.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "model/caddy_claims.hpp"
#include "model/caddy_tls.hpp"

namespace argos {

// What a host shows.
struct ShownPair {
  const CertificatePair* pair;
  std::vector<std::string> names;
};

// `folder`: as Caddy sees it.
boost::json::array load_files(const std::vector<ShownPair>& shown, const std::string& folder);
// For every name of `all` its own: those of `shown` by their tags; the others as Caddy finds them, also below a shown wildcard.
boost::json::array connection_policies(const std::vector<ShownPair>& shown, const std::vector<NameAndIssuers>& all);
// Every name in the leaves, and the host that shows it. Where Caddy gets a certificate of its own for such a name, it may show either.
std::map<std::string, std::string, std::less<>> names_in_leaves(const std::vector<ShownPair>& shown);

}  // namespace argos
