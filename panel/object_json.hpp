// SPDX-License-Identifier: Apache-2.0
// Objects <-> the manifest's shape in JSON, their ETags, and who may change which.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <type_traits>
#include <variant>

#include <boost/json.hpp>

#include "model/object.hpp"
#include "model/schema.hpp"
#include "panel/context.hpp"
#include "panel/problem.hpp"
#include "runtime/certificate_intake.hpp"

namespace argos {

// One object as somebody sent it. `spec` is set only where there are no errors.
struct SentObject {
  std::string kind, name;  // as they were written, for the answer; empty where they were not
  std::optional<Key> key;  // where both are sound
  std::variant<std::monostate, Host, TargetGroup, Settings, CertificateInput, ReadCertificate, BackupPolicy> spec;
  FieldErrors errors;
};
// What a sound one holds before it is stored.
template <class Spec>
using Sent = std::conditional_t<std::is_same_v<Spec, Certificate>, ReadCertificate, Spec>;

// Everything wrong with it at once. `path`: what a URL already said about it; its kind and name may then be left out.
SentObject read_object(const boost::json::value& sent, const Key* path);

// {apiVersion, kind, metadata, spec, status}; the status is left to the caller.
// The certificates among them are judged, on a worker: each becomes a ReadCertificate, or has errors.
Task<> judge_certificates(PanelContext& context, std::span<SentObject> objects);

boost::json::object envelope(const Meta& meta, Kind kind, boost::json::value spec);

template <class Spec>
boost::json::object to_manifest(const Object<Spec>& object, const Conditions& conditions, WallTime now) {
  auto out = envelope(object.meta, Spec::kKind, to_json_value(object.spec));
  auto& status = out["status"].emplace_object();
  status["conditions"] = to_json(conditions.of({Spec::kKind, object.meta.name}));
  if (!object.errors.empty()) status["errors"] = to_json(object.errors);
  if constexpr (std::is_same_v<Spec, Certificate>) {
    status["certificate"] = certificate_facts(object.spec, now);
  }
  return out;
}

// Within a transaction: what was sent as it is stored; nothing where `errors` says why not.
template <class Spec>
Result<std::optional<Spec>> to_stored(const PanelContext&, Database&, const std::string&, const Spec& sent, FieldErrors&) {
  return std::optional(sent);
}
Result<std::optional<Certificate>> to_stored(const PanelContext& context, Database& database, const std::string& name,
                                             const ReadCertificate& sent, FieldErrors& errors);

// Quoted: a hash of generation, spec and the database's epoch, so that a restore never brings an old tag back to life.
std::string etag_of(const Meta& meta, const boost::json::value& spec, const std::string& epoch);
Result<std::string> read_epoch(Database& database);

// Why this object may not be changed through the API; none where it may. A manifest's object belongs to its file as long as
// there is a folder.
std::optional<Problem> who_forbids(const PanelContext& context, const Meta& meta, Kind kind);

// ?owner=, the header Argos-Owner, or "cli".
Result<std::string> owner_of(const Request& request);
FieldErrors check_owner(const std::string& path, std::string_view owner);

}  // namespace argos
