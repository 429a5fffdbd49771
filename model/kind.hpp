// SPDX-License-Identifier: Apache-2.0
// The kinds of objects an operator writes, and the names each goes by in a manifest, a URL, a table and a condition.
#pragma once

#include <compare>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace argos {

enum class Kind {
  host,
  target_group,
  settings,
  certificate,
  backup_policy,
  controller,  // not written by anyone: a controller's own conditions
  request,     // somebody wants a verb done once (runtime/requests.hpp): only a name in the feed
  backup,      // an archive (model/archive.hpp): its conditions, and its name in the feed
  user,        // somebody's account, sessions or tokens changed (runtime/users.hpp): the same
};

struct KindNames {
  Kind kind;
  std::string_view manifest;  // "TargetGroup"
  std::string_view plural;    // "targetgroups": the URL segment
  std::string_view table;     // "target_groups": the table, and the word in the changes feed
};

// The kinds that have rows, in the order in which they are applied: what others refer to comes first.
std::span<const KindNames> desired_kinds();
const KindNames& names_of(Kind kind);  // of the others too

// The one name that objects of that kind may have; empty where there may be many.
std::string_view only_name(Kind kind);

// Any spelling a person would try: "Host", "host", "hosts", "targetgroup", "target_group", "tg".
std::optional<Kind> kind_from(std::string_view word);

// What a controller is asked to look at. An empty name is the whole set of that kind. Never a rowid: those are reused.
struct Key {
  Kind kind = Kind::controller;
  std::string name;
  auto operator<=>(const Key&) const = default;
};

// "host/app", as the command line prints and reads it; "hosts" for a whole set.
std::string to_string(const Key& key);

}  // namespace argos
