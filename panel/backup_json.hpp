// SPDX-License-Identifier: Apache-2.0
// Archives in the manifest's shape.
#pragma once

#include <boost/json/object.hpp>

#include "runtime/backup_rows.hpp"
#include "runtime/conditions.hpp"

namespace argos {

boost::json::object to_object(const BackupRow& row, const Conditions& conditions);

}  // namespace argos
