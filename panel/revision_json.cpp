// SPDX-License-Identifier: Apache-2.0
#include "panel/revision_json.hpp"

#include "panel/object_json.hpp"

namespace argos {

boost::json::value to_json(Kind kind, const Form& form) {
  if (!form) return nullptr;
  return with_spec(kind, [&]<class Spec>() -> boost::json::value {
    const auto object = object_from_row<Spec>(*form);
    auto out = envelope(object.meta, kind, to_json_value(object.spec));
    out["metadata"].as_object().erase("generation");
    if (!object.errors.empty()) out["status"] = {{"errors", to_json(object.errors)}};
    return out;
  });
}

boost::json::object to_json(const Revision& revision) {
  const auto fields = changed_fields(revision);
  return {{"revision", revision.seq},
          {"kind", names_of(revision.key.kind).manifest},
          {"name", revision.key.name},
          {"at", revision.at},
          {"what", revision.what},
          {"actor", revision.actor},
          {"origin", revision.origin},
          {"fields", boost::json::array(fields.begin(), fields.end())},
          {"before", to_json(revision.key.kind, revision.before)},
          {"after", to_json(revision.key.kind, revision.after)}};
}

Problem refusal(const Error& error) {
  auto problem = problem_of(error);
  if (problem.status != 500 || error.reason == "InternalError") return problem;
  const bool absent = error.reason == "NotFound" || error.reason.starts_with("Revision");
  problem.status = absent ? 404 : 409;
  return problem;
}

}  // namespace argos
