// SPDX-License-Identifier: Apache-2.0
// A difference that was found in Caddy, as the field of an object that would say it: what somebody changed there can be wanted so.
#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "model/error.hpp"
#include "model/object.hpp"

namespace argos {

struct Adoption {
  Key object;
  std::string field;  // "targets[0].port", as a manifest names it
  boost::json::value wanted, found;  // that field's
  boost::json::object spec;  // the object's, with what was found
};

// Of what is rendered for a host: a target's address, how one is picked, the health check, or whether it is served at all. An error says
// why no field is meant. Whatever else would come of it in the same group of targets, nothing is adopted that renders otherwise than it
// was found.
Result<Adoption> adopt(std::string_view path, const boost::json::value& wanted, const boost::json::value& found,
                       const Object<Host>& host, const Object<TargetGroup>* group, const Settings& settings);

}  // namespace argos
