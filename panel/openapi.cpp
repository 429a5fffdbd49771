// SPDX-License-Identifier: Apache-2.0
#include "panel/openapi.hpp"

#include <array>
#include <stdexcept>

#include <boost/json.hpp>

#include "model/object.hpp"
#include "model/schema.hpp"
#include "model/text.hpp"
#include "panel/bodies.hpp"
#include "runtime/version.hpp"

namespace argos {
namespace embedded {
std::span<const std::pair<std::string_view, std::string_view>> argos_openapi();
}
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

object ref(std::string_view name) { return {{"$ref", "#/components/schemas/" + std::string(name)}}; }

void replace(std::string& text, std::string_view what, std::string_view with) {
  if (const auto at = text.find(what); at != std::string::npos) text.replace(at, what.size(), with);
}

// ---- schemas ---------------------------------------------------------------------------------------------------------------

object answers() {
  for (const auto& [name, text] : embedded::argos_openapi()) {
    if (name == "schemas.json") return boost::json::parse(text).as_object();
  }
  throw std::logic_error("panel/openapi/schemas.json is not in this program");
}

// A manifest, of which the path may have said all but the spec.
object sent_schema(Kind kind) {
  auto out = manifest_schema(kind);
  out.erase("$schema");
  out["required"] = array{"spec"};
  auto& properties = out["properties"].as_object();
  properties["metadata"] = {{"type", "object"}};
  properties["status"] = {{"type", "object"}};
  return out;
}

object answered_schema(Kind kind) {
  return {{"type", "object"},
          {"additionalProperties", false},
          {"required", array{"apiVersion", "kind", "metadata", "spec", "status"}},
          {"properties", object{{"apiVersion", {{"const", kApiVersion}}},
                                {"kind", {{"const", names_of(kind).manifest}}},
                                {"metadata", ref("Metadata")},
                                {"spec", {{"type", "object"}}},
                                {"status", ref("ObjectStatus")}}}};
}

object list_schema(std::string_view of) {
  return {{"type", "object"},
          {"additionalProperties", false},
          {"required", array{"items"}},
          {"properties",
           object{{"items", object{{"type", "array"}, {"items", ref(of)}}},
                  {"continue", object{{"type", "string"}, {"description", "there is more: ask again with ?continue="}}}}}};
}

object schemas() {
  auto out = answers();
  out["LoginBody"] = json_schema<LoginBody>();
  out["ConfirmBody"] = json_schema<ConfirmBody>();
  out["ChangePasswordBody"] = json_schema<ChangePasswordBody>();
  out["CodeBody"] = json_schema<CodeBody>();
  out["NewUserBody"] = json_schema<NewUserBody>();
  out["UserChangeBody"] = json_schema<UserChangeBody>();
  out["ResetPasswordBody"] = json_schema<ResetPasswordBody>();
  out["NewTokenBody"] = json_schema<NewTokenBody>();
  out["RestoreBody"] = json_schema<RestoreBody>();
  for (const auto& names : desired_kinds()) {
    const std::string name(names.manifest);
    out[name] = answered_schema(names.kind);
    out[name + "Body"] = sent_schema(names.kind);
    out[name + "List"] = list_schema(name);
  }
  return out;
}

// ---- paths -----------------------------------------------------------------------------------------------------------------

struct Parameter {
  std::string_view name, type, text;
};
constexpr std::array<Parameter, 11> kParameters{{
    {"limit", "integer", "at most so many; 500 at once"},
    {"before", "integer", "only what has a smaller number"},
    {"continue", "string", "only what comes behind that, as the page before said it"},
    {"kind", "string", "of that kind only"},
    {"name", "string", "of that name only"},
    {"actor", "string", "by that one only"},
    {"action", "string", "such entries only"},
    {"what", "string", "created, changed, deleted, suspended or resumed only"},
    {"wait", "string", "10s: answer once it is in force, or known not to be; at most 1m"},
    {"dryRun", "boolean", "say what would be, and change nothing"},
    {"owner", "string", "who applies it"},
}};

object query_parameter(std::string_view name) {
  for (const auto& known : kParameters) {
    if (known.name == name)
      return {{"name", name}, {"in", "query"}, {"description", known.text}, {"schema", object{{"type", known.type}}}};
  }
  throw std::logic_error("no such query parameter: " + std::string(name));
}

array parameters(const Route& route) {
  array out;
  if (route.pattern.find("{name}") != std::string_view::npos)
    out.push_back(object{{"name", "name"}, {"in", "path"}, {"required", true}, {"schema", object{{"type", "string"}}}});
  auto rest = route.shape.query;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(' '), rest.size());
    out.push_back(query_parameter(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return out;
}

object json_content(std::string_view schema) { return {{"application/json", object{{"schema", ref(schema)}}}}; }

// Of a route that knows dry runs, one of the two is answered.
object answer_content(const Route& route, std::string_view schema) {
  if (route.shape.query.find("dryRun") == std::string_view::npos || route.pattern.find("{kind}") == std::string_view::npos)
    return json_content(schema);
  return {{"application/json", object{{"schema", object{{"anyOf", array{ref(schema), ref("DryRun")}}}}}}};
}

object answers_of(const Route& route, const std::string& answer) {
  object good{{"description", "done"}};
  if (!answer.empty()) good["content"] = answer_content(route, answer);
  object out{{"2XX", std::move(good)},
             {"default", object{{"description", "refused: why, and what to do"},
                                {"content", object{{"application/problem+json", object{{"schema", ref("Problem")}}}}}}}};
  if (route.pattern == "/readyz") out["503"] = {{"description", "not ready"}, {"content", json_content(answer)}};
  return out;
}

object operation(const Route& route, std::string_view kind) {
  std::string body(route.shape.body), answer(route.shape.answer);
  replace(body, "{Kind}", kind);
  replace(answer, "{Kind}", kind);
  object out{{"summary", route.summary}, {"parameters", parameters(route)}, {"responses", answers_of(route, answer)}};
  if (!body.empty()) out["requestBody"] = {{"required", true}, {"content", json_content(body)}};
  if (route.intake == Intake::archive) out["requestBody"] = {{"required", true}, {"content", {{"application/gzip", object{}}}}};
  if (route.needs == Needs::nothing) out["security"] = array{};
  if (route.login == Login::fresh) out["x-argos-login"] = "fresh";
  return out;
}

void add(object& paths, const Route& route, const KindNames* names) {
  std::string path(route.pattern);
  if (names != nullptr) replace(path, "{kind}", names->plural);
  auto& item = paths[path];
  if (item.is_null()) item.emplace_object();
  item.as_object()[lower(route.method)] = operation(route, names == nullptr ? std::string_view() : names->manifest);
}

}  // namespace

object openapi(std::span<const Route> routes) {
  object paths;
  for (const auto& route : routes) {
    if (route.pattern.find("{kind}") == std::string_view::npos) {
      add(paths, route, nullptr);
      continue;
    }
    for (const auto& names : desired_kinds()) add(paths, route, &names);
  }
  const array security{object{{"session", array{}}}, object{{"token", array{}}}};
  const object schemes{{"session", {{"type", "apiKey"}, {"in", "cookie"}, {"name", "argos_session"}}},
                       {"token", {{"type", "http"}, {"scheme", "bearer"}}}};
  return {{"openapi", "3.1.0"},
          {"info", {{"title", "argos"}, {"version", version()}, {"summary", "an edge gateway that converges"}}},
          {"security", security},
          {"paths", std::move(paths)},
          {"components", object{{"securitySchemes", schemes}, {"schemas", schemas()}}}};
}

}  // namespace argos
