// SPDX-License-Identifier: Apache-2.0
// Objects <-> rows, for any described struct. Called inside Store::read and Store::write.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/object.hpp"
#include "runtime/feed_place.hpp"

namespace argos {

// The meta columns of a row, and the row without them.
Meta meta_from_row(const Row& row);

// Ordered by name. A row whose fields make no sense comes with its errors.
template <class Spec>
Result<std::vector<Object<Spec>>> read_all(Database& database);
template <class Spec>
Result<std::optional<Object<Spec>>> read_one(Database& database, const std::string& name);
Result<Desired> read_desired(Database& database);
// The same, from what it was at `since`: only what moved is read, where the feed tells it.
Result<Desired> read_desired(Database& database, const Desired& before, const FeedPlace& since, const FeedPlace& now);

enum class Outcome { created, configured, unchanged };
std::string_view to_string(Outcome outcome);

// Writes only a difference, in spec, managed_by or owner.
template <class Spec>
Result<Outcome> put(Database& database, const std::string& name, const Spec& spec, ManagedBy managed_by,
                    const std::string& owner);

// The same from columns, managed_by and owner among them.
Result<Outcome> put_row(Database& database, const Key& key, Row wanted);

// True when there was such a row.
Result<bool> remove(Database& database, const Key& key);

}  // namespace argos

#include "runtime/rows.ipp"
