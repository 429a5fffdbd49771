// SPDX-License-Identifier: Apache-2.0
// An object as it lies in the database: who it is, who wrote it, and what it wants.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/backup_policy.hpp"
#include "model/certificate.hpp"
#include "model/certificate_pair.hpp"
#include "model/describe.hpp"
#include "model/field_error.hpp"
#include "model/host.hpp"
#include "model/settings.hpp"
#include "model/target_group.hpp"

namespace argos {

enum class ManagedBy { manifest, apply, panel, system };
BOOST_DESCRIBE_ENUM(ManagedBy, manifest, apply, panel, system)

// The name of what is managedBy system: the panel's host and its target group.
constexpr std::string_view kPanelObject = "argos-panel";

struct Meta {
  std::string name;              // lower-case DNS label; with the kind it is the identity
  std::uint64_t generation = 0;  // grows with every change of the spec and is never used again, not even by a successor
  std::uint64_t created = 0;     // the feed's seq at which it was made: the smaller is the older
  ManagedBy managed_by = ManagedBy::panel;
  std::string owner;  // manifest: the file, relative to the folder; apply: the owner's name
};

// "host/argos-panel is argos' own: it comes from …", with the variables that say what it is.
std::string comes_from_environment(const Key& key);

template <class Spec>
struct Object {
  Meta meta;
  Spec spec;
  FieldErrors errors;  // what is wrong with the row; such an object is not rendered
  bool kept = false;   // not the row's form, but the one that Caddy accepted last (model/caddy_choice.hpp)
};

// Everything an operator wants, read in one transaction. Ordered by name.
struct Desired {
  std::vector<Object<Host>> hosts;
  std::vector<Object<TargetGroup>> target_groups;
  Object<Settings> settings;  // the defaults, with an empty name, where there is no row
  // One a certificate: its newest pair on disk. meta.generation is that of the row which the pair was made of.
  std::vector<Object<CertificatePair>> certificates = {};
  // "<host>.<pair>", former ones too -> when its files were written: whoever read them before is to read them again.
  std::map<std::string, std::int64_t, std::less<>> pairs_on_disk = {};
};

// Calls f.template operator()<Spec>() with the described struct of that kind: `with_spec(kind, [&]<class Spec>() { … })`.
template <class F>
decltype(auto) with_spec(Kind kind, F&& f) {
  switch (kind) {
    case Kind::target_group: return f.template operator()<TargetGroup>();
    case Kind::settings: return f.template operator()<Settings>();
    case Kind::certificate: return f.template operator()<Certificate>();
    case Kind::backup_policy: return f.template operator()<BackupPolicy>();
    default: return f.template operator()<Host>();
  }
}

// What somebody writes to get such an object: for a certificate that is more than what is stored of it.
template <class Spec>
struct InputOf {
  using type = Spec;
};
template <>
struct InputOf<Certificate> {
  using type = CertificateInput;
};
template <class Spec>
using Input = typename InputOf<Spec>::type;

}  // namespace argos
