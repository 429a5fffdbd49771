// SPDX-License-Identifier: Apache-2.0
// One description of a struct (Boost.Describe) serves JSON, YAML, the database row and JSON Schema.
//
// A described struct's members are scalars (bool, std::string, int, Duration, a described enum, std::optional of those), other
// described structs, std::vector of those, or raw JSON (boost::json::array). Members are snake_case in C++ and in the database,
// camelCase in JSON and YAML. A nested struct's columns carry its name as a prefix (`tls_mode`); vectors and raw JSON are one
// column of JSON text. `kDocs` of a struct holds a sentence a field, for the schema; `kRequired`, where there is one, the fields
// that the schema insists on; `kNames` the names in JSON that differ from the members'; `kAlsoNumbers` the text fields that people write as whole numbers (`expectStatus: 200`).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <boost/mp11.hpp>

#include "model/duration.hpp"
#include "model/field_error.hpp"
#include "model/nearest.hpp"

namespace argos {

struct FieldDoc {
  std::string_view member;  // snake_case
  std::string_view text;
};

// A member whose name in JSON and YAML is not its own in camelCase: a struct's `kNames` lists those.
struct FieldName {
  std::string_view member;  // snake_case
  std::string_view name;
};

std::string camel_case(std::string_view snake);  // "target_group" -> "targetGroup"

// What a member of T is called in JSON and YAML.
template <class T>
std::string field_name(std::string_view member) {
  if constexpr (requires { T::kNames; }) {
    for (const auto& known : T::kNames) {
      if (known.member == member) return std::string(known.name);
    }
  }
  return camel_case(member);
}

template <class T>
concept DescribedStruct = boost::describe::has_describe_members<T>::value && !std::is_enum_v<T>;
template <class T>
concept DescribedEnum = boost::describe::has_describe_enumerators<T>::value;

// How an enumerator is written: its name less a trailing underscore (`auto_` is "auto"). Specialise for anything else.
template <DescribedEnum E>
struct EnumText {
  static std::string of(std::string_view enumerator) {
    if (enumerator.ends_with('_')) enumerator.remove_suffix(1);
    return std::string(enumerator);
  }
};

template <DescribedEnum E>
const auto& enum_table() {
  using Enumerators = boost::describe::describe_enumerators<E>;
  static const auto kTable = [] {
    std::array<std::pair<E, std::string>, boost::mp11::mp_size<Enumerators>::value> table;
    std::size_t at = 0;
    boost::mp11::mp_for_each<Enumerators>([&](auto d) { table[at++] = {d.value, EnumText<E>::of(d.name)}; });
    return table;
  }();
  return kTable;
}

template <DescribedEnum E>
std::string enum_text(E value) {
  for (const auto& [known, text] : enum_table<E>()) {
    if (known == value) return text;
  }
  return {};
}

// f(member name in snake_case, reference to the member), in the order of declaration.
template <class T, class F>
void for_each_member(T& object, F&& f) {
  using Members = boost::describe::describe_members<std::remove_const_t<T>, boost::describe::mod_public>;
  boost::mp11::mp_for_each<Members>([&](auto d) { f(std::string_view(d.name), object.*d.pointer); });
}

namespace detail {

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};

template <class T>
constexpr bool kIsRaw = std::is_same_v<T, boost::json::array>;
template <class T>
constexpr bool kIsJsonColumn = IsVector<T>::value || kIsRaw<T>;

template <class T>
constexpr bool also_number(std::string_view member) {
  if constexpr (requires { T::kAlsoNumbers; }) {
    return std::find(T::kAlsoNumbers.begin(), T::kAlsoNumbers.end(), member) != T::kAlsoNumbers.end();
  }
  return false;
}

std::string_view type_name(const boost::json::value& value);  // "a list", "a number", …
void wrong_type(FieldErrors& errors, std::string path, std::string_view wanted, const boost::json::value& found);
void bad_number(FieldErrors& errors, std::string path, const boost::json::value& found);
void unknown_field(FieldErrors& errors, const std::string& path, std::string_view name, const std::vector<std::string>& known);
void unknown_value(FieldErrors& errors, std::string path, std::string_view found, const std::vector<std::string>& known);
std::string join(const std::string& path, std::string_view field);  // "spec" + "domain" -> "spec.domain"

}  // namespace detail

// ---- JSON (and YAML, which is read into JSON) ------------------------------------------------------------------------------

// All fields, defaults too; an empty optional is left out.
template <class T>
boost::json::value to_json_value(const T& value) {
  if constexpr (DescribedEnum<T>) {
    return boost::json::string(enum_text(value));
  } else if constexpr (std::is_same_v<T, Duration>) {
    return boost::json::string(to_string(value));
  } else if constexpr (detail::kIsRaw<T>) {
    return value;
  } else if constexpr (detail::IsVector<T>::value) {
    boost::json::array out;
    for (const auto& item : value) out.push_back(to_json_value(item));
    return out;
  } else if constexpr (DescribedStruct<T>) {
    boost::json::object out;
    for_each_member(value, [&](std::string_view name, const auto& member) {
      using M = std::remove_cvref_t<decltype(member)>;
      if constexpr (detail::IsOptional<M>::value) {
        if (member) out[field_name<T>(name)] = to_json_value(*member);
      } else {
        out[field_name<T>(name)] = to_json_value(member);
      }
    });
    return out;
  } else {
    return boost::json::value(value);
  }
}

// Reads what is there over the defaults already in `into`; every problem is added to `errors` and leaves its field as it was.
template <class T>
void from_json_value(const boost::json::value& json, const std::string& path, T& into, FieldErrors& errors) {
  if constexpr (DescribedEnum<T>) {
    if (!json.is_string()) return detail::wrong_type(errors, path, "a word", json);
    std::vector<std::string> known;
    for (const auto& [value, text] : enum_table<T>()) {
      if (text == json.get_string()) {
        into = value;
        return;
      }
      known.push_back(text);
    }
    detail::unknown_value(errors, path, json.get_string(), known);
  } else if constexpr (std::is_same_v<T, Duration>) {
    const auto parsed = json.is_string() ? parse_duration(json.get_string()) : std::nullopt;
    if (!parsed) return detail::wrong_type(errors, path, "a duration such as 30s, 1m30s or 500ms", json);
    into = *parsed;
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (!json.is_string()) return detail::wrong_type(errors, path, "a text", json);
    into = json.get_string();
  } else if constexpr (std::is_same_v<T, bool>) {
    if (!json.is_bool()) return detail::wrong_type(errors, path, "true or false", json);
    into = json.get_bool();
  } else if constexpr (std::is_integral_v<T>) {
    if (!json.is_number()) return detail::wrong_type(errors, path, "a whole number", json);
    boost::system::error_code bad;
    const auto number = json.to_number<T>(bad);
    if (bad) return detail::bad_number(errors, path, json);
    into = number;
  } else if constexpr (detail::IsOptional<T>::value) {
    if (json.is_null()) {
      into.reset();
      return;
    }
    typename T::value_type value{};
    const auto before = errors.size();
    from_json_value(json, path, value, errors);
    if (errors.size() == before) into = std::move(value);
  } else if constexpr (detail::kIsRaw<T>) {
    if (!json.is_array()) return detail::wrong_type(errors, path, "a list", json);
    into = json.get_array();
  } else if constexpr (detail::IsVector<T>::value) {
    if (!json.is_array()) return detail::wrong_type(errors, path, "a list", json);
    into.clear();
    for (std::size_t at = 0; at < json.get_array().size(); ++at) {
      into.emplace_back();
      from_json_value(json.get_array()[at], path + "[" + std::to_string(at) + "]", into.back(), errors);
    }
  } else {
    static_assert(DescribedStruct<T>);
    if (!json.is_object()) return detail::wrong_type(errors, path, "a mapping", json);
    std::vector<std::string> known;
    for_each_member(into, [&](std::string_view name, auto& member) {
      known.push_back(field_name<T>(name));
      const auto* const found = json.get_object().if_contains(known.back());
      if (found == nullptr) return;
      if constexpr (std::is_same_v<std::remove_cvref_t<decltype(member)>, std::string>) {
        if (detail::also_number<T>(name) && found->is_int64()) {
          member = std::to_string(found->get_int64());
          return;
        }
      }
      from_json_value(*found, detail::join(path, known.back()), member, errors);
    });
    for (const auto& item : json.get_object()) {
      const std::string_view name = item.key();
      if (std::find(known.begin(), known.end(), name) == known.end()) detail::unknown_field(errors, path, name, known);
    }
  }
}

// ---- the database row ------------------------------------------------------------------------------------------------------

// The row as a flat object: column -> string, integer or null, as SQLite keeps them.
template <DescribedStruct T>
void to_row(const T& object, boost::json::object& row, const std::string& prefix = {}) {
  for_each_member(object, [&](std::string_view name, const auto& member) {
    using M = std::remove_cvref_t<decltype(member)>;
    const std::string column = prefix + std::string(name);
    if constexpr (DescribedStruct<M>) {
      to_row(member, row, column + "_");
    } else if constexpr (detail::kIsJsonColumn<M>) {
      row[column] = boost::json::string(boost::json::serialize(to_json_value(member)));
    } else if constexpr (std::is_same_v<M, bool>) {
      row[column] = member ? 1 : 0;
    } else if constexpr (detail::IsOptional<M>::value) {
      row[column] = member ? to_json_value(*member) : boost::json::value(nullptr);
    } else {
      row[column] = to_json_value(member);
    }
  });
}

template <DescribedStruct T>
std::vector<std::string> columns() {
  boost::json::object row;
  to_row(T{}, row);
  std::vector<std::string> out;
  for (const auto& item : row) out.emplace_back(item.key());
  return out;
}

// The other way: the same errors, at the same paths, as for JSON, since anybody may edit a row.
template <DescribedStruct T>
void from_row(const boost::json::object& row, const std::string& path, T& into, FieldErrors& errors,
              const std::string& prefix = {}) {
  for_each_member(into, [&](std::string_view name, auto& member) {
    using M = std::remove_cvref_t<decltype(member)>;
    const std::string column = prefix + std::string(name);
    const std::string field = detail::join(path, field_name<T>(name));
    if constexpr (DescribedStruct<M>) {
      from_row(row, field, member, errors, column + "_");
    } else {
      const auto* const cell = row.if_contains(column);
      if (cell == nullptr) return;
      if constexpr (detail::kIsJsonColumn<M>) {
        boost::system::error_code bad;
        auto json = cell->is_string() ? boost::json::parse(cell->get_string(), bad) : *cell;
        if (bad) return detail::wrong_type(errors, field, "JSON text", *cell);
        from_json_value(json, field, member, errors);
      } else if constexpr (std::is_same_v<M, bool>) {
        if (cell->is_int64() && (cell->get_int64() == 0 || cell->get_int64() == 1)) {
          member = cell->get_int64() == 1;
        } else {
          detail::wrong_type(errors, field, "0 or 1", *cell);
        }
      } else {
        from_json_value(*cell, field, member, errors);
      }
    }
  });
}

// ---- JSON Schema (2020-12) -------------------------------------------------------------------------------------------------

template <class T>
boost::json::object json_schema() {
  if constexpr (DescribedEnum<T>) {
    boost::json::array values;
    for (const auto& [value, text] : enum_table<T>()) values.emplace_back(text);
    return {{"type", "string"}, {"enum", std::move(values)}};
  } else if constexpr (std::is_same_v<T, Duration>) {
    return {{"type", "string"},
            {"minLength", 2},
            {"pattern", "^([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$"},
            {"examples", boost::json::array{"30s"}}};
  } else if constexpr (std::is_same_v<T, std::string>) {
    return {{"type", "string"}};
  } else if constexpr (std::is_same_v<T, bool>) {
    return {{"type", "boolean"}};
  } else if constexpr (std::is_integral_v<T>) {
    return {{"type", "integer"}};
  } else if constexpr (detail::IsOptional<T>::value) {
    return json_schema<typename T::value_type>();
  } else if constexpr (detail::kIsRaw<T>) {
    return {{"type", "array"}, {"items", {{"type", "object"}}}};
  } else if constexpr (detail::IsVector<T>::value) {
    return {{"type", "array"}, {"items", json_schema<typename T::value_type>()}};
  } else {
    static_assert(DescribedStruct<T>);
    const T defaults{};
    boost::json::object properties;
    boost::json::array required;
    if constexpr (requires { T::kRequired; }) {
      for (const std::string_view name : T::kRequired) required.emplace_back(field_name<T>(name));
    }
    for_each_member(defaults, [&](std::string_view name, const auto& member) {
      using M = std::remove_cvref_t<decltype(member)>;
      boost::json::object property = json_schema<M>();
      if (detail::also_number<T>(name)) property["type"] = {"string", "integer"};
      if constexpr (requires { T::kDocs; }) {
        for (const auto& doc : T::kDocs) {
          if (doc.member == name) property["description"] = doc.text;
        }
      }
      if constexpr (!DescribedStruct<M> && !detail::IsOptional<M>::value) {
        const bool wanted =
            std::find(required.begin(), required.end(), boost::json::string(field_name<T>(name))) != required.end();
        if (!wanted) property["default"] = to_json_value(member);
      }
      properties[field_name<T>(name)] = std::move(property);
    });
    boost::json::object schema{{"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}};
    if (!required.empty()) schema["required"] = std::move(required);
    return schema;
  }
}

}  // namespace argos
