// SPDX-License-Identifier: Apache-2.0
// Which hosts are served, under which names and by which target group; and why not the others.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/condition.hpp"
#include "model/object.hpp"

namespace argos {

struct Claim {
  const Object<Host>* host = nullptr;
  Condition accepted;
  std::vector<std::string> names;                // as DNS sees them, each once, the domain first; empty: not served at all
  const Object<TargetGroup>* group = nullptr;    // none where visitors get 503
  const Object<CertificatePair>* certificate = nullptr;  // none where the host has no pair of its own to show
  bool served() const { return !names.empty(); }
};

// In the order of desired.hosts. A name goes to the panel's own host, else to one that has it already and keeps it (Object::kept), else to
// the oldest that wants it; a host that misses one of its names gets none.
std::vector<Claim> settle_claims(const Desired& desired);

// Which certificate is each host's: the oldest that is on disk, else the oldest.
using CertificatesByHost = std::map<std::string_view, const Object<CertificatePair>*>;
CertificatesByHost certificates_by_host(const std::vector<Object<CertificatePair>>& all);

// What there is to say about a target group by itself.
Condition accept(const Object<TargetGroup>& group);
Condition accept(const Object<Settings>& settings);
Condition accept(const Object<CertificatePair>& certificate);

bool has_usable_target(const TargetGroup& group);

}  // namespace argos
