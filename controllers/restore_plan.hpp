// SPDX-License-Identifier: Apache-2.0
// What a restore would change, found out by preparing it and comparing. Blocks.
#pragma once

#include <boost/json/object.hpp>

#include "controllers/restore_stage.hpp"

namespace argos {

// {archive, createdAt, schema: {from, to}, keys, objects: [{kind, name, change, manifest}], users, sessionsEnded, replaces}. `change` is
// added, removed or changed; `manifest`: a file that lies in the manifests folder now says what it will be. Errors: those of stage().
Result<boost::json::object> plan_restore(const RestorePlaces& places, const RestoreMarker& marker, const KeyRing& ring,
                                         JobProgress& progress);

// What plans of killed runs left beside the database.
void remove_plan_leftovers(const RestorePlaces& places);

}  // namespace argos
