// SPDX-License-Identifier: Apache-2.0
// Which hosts are served, under which names and by which target group; and why not the others.
#pragma once

#include <string>
#include <vector>

#include "model/condition.hpp"
#include "model/object.hpp"

namespace argos {

struct Claim {
  const Object<Host>* host = nullptr;
  Condition accepted;
  std::vector<std::string> names;                // as DNS sees them, each once, the domain first; empty: not served at all
  const Object<TargetGroup>* group = nullptr;    // none where visitors get 503
  bool served() const { return !names.empty(); }
};

// In the order of desired.hosts. A name goes to a host that has it already and keeps it (Object::kept), else to the oldest that wants
// it; a host that misses one of its names gets none.
std::vector<Claim> settle_claims(const Desired& desired);

// What there is to say about a target group by itself.
Condition accept(const Object<TargetGroup>& group);
Condition accept(const Object<Settings>& settings);

bool has_usable_target(const TargetGroup& group);

}  // namespace argos
