// SPDX-License-Identifier: Apache-2.0
// The template half of rows.hpp.
#pragma once

#include "model/validate.hpp"

namespace argos {

namespace detail {
Result<Rows> select_rows(Database& database, std::string_view table, const std::string* name);
Result<Outcome> upsert(Database& database, Kind kind, const std::string& name, Row wanted);
}  // namespace detail

template <class Spec>
Object<Spec> object_from_row(const Row& row) {
  Object<Spec> object;
  object.meta = meta_from_row(row);
  from_row(row, "spec", object.spec, object.errors);
  if (object.errors.empty()) object.errors = validate(object.spec);
  return object;
}

template <class Spec>
Result<std::vector<Object<Spec>>> read_all(Database& database) {
  auto rows = detail::select_rows(database, names_of(Spec::kKind).table, nullptr);
  if (!rows) return rows.error();
  std::vector<Object<Spec>> out;
  out.reserve(rows->size());
  for (const auto& row : *rows) out.push_back(object_from_row<Spec>(row));
  return out;
}

template <class Spec>
Result<std::optional<Object<Spec>>> read_one(Database& database, const std::string& name) {
  auto rows = detail::select_rows(database, names_of(Spec::kKind).table, &name);
  if (!rows) return rows.error();
  if (rows->empty()) return std::optional<Object<Spec>>{};
  return std::optional<Object<Spec>>(object_from_row<Spec>(rows->front()));
}

template <class Spec>
Result<Outcome> put(Database& database, const std::string& name, const Spec& spec, ManagedBy managed_by,
                    const std::string& owner) {
  Row row;
  to_row(spec, row);
  row["managed_by"] = enum_text(managed_by);
  row["owner"] = owner;
  return detail::upsert(database, Spec::kKind, name, std::move(row));
}

}  // namespace argos
