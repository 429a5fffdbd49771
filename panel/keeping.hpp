// SPDX-License-Identifier: Apache-2.0
// An open finding of drift, and what of an object would make it as wanted (model/adopt.hpp).
#pragma once

#include <string>

#include <boost/json/object.hpp>

#include "model/adopt.hpp"
#include "panel/context.hpp"
#include "panel/problem.hpp"

namespace argos {

struct Keeping {
  Adoption adoption;
  std::string tag;  // of the object as it is now
};

// Of one item of runtime/drift_report.hpp. A problem says why it cannot be kept, and where else to say so.
Result<boost::system::result<Keeping, Problem>> keeping_of(const PanelContext& context, Database& database,
                                                           const boost::json::object& item);

}  // namespace argos
