// SPDX-License-Identifier: Apache-2.0
#include "model/adopt.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <spdlog/fmt/fmt.h>

#include "model/caddy_claims.hpp"
#include "model/caddy_places.hpp"
#include "model/caddy_proxy.hpp"
#include "model/caddy_routes.hpp"
#include "model/differences.hpp"
#include "model/validate.hpp"

namespace argos {
namespace {

using boost::json::object;
using boost::json::value;

constexpr CaddyAbilities kEverything{.stream_close_delay = true, .health_passes_and_fails = true, .health_method = true};

// In the reverse_proxy handler -> in the TargetGroup, where both say it in the same words.
struct SameWords {
  std::string_view in_handler, field, in_spec;
};
constexpr std::array<SameWords, 5> kSameWords{{
    {"/load_balancing/selection_policy/policy", "algorithm", "/algorithm"},
    {"/health_checks/active/uri", "healthCheck.path", "/healthCheck/path"},
    {"/health_checks/active/interval", "healthCheck.interval", "/healthCheck/interval"},
    {"/health_checks/active/timeout", "healthCheck.timeout", "/healthCheck/timeout"},
    {"/health_checks/active/expect_status", "healthCheck.expectStatus", "/healthCheck/expectStatus"},
}};

Error no_field(const std::string& whose) {
  return {"NoSuchField", fmt::format("no field of {} says this", whose),
          "put it back, or write what has that effect into the object", Retry::never};
}

// Where in a host's route, which may lie within a bucket of routes, a place is.
struct Within {
  std::string server;
  bool whole = false;         // the route itself
  std::size_t handler = 0;    // else that one of its handlers
  std::string in_handler;  // and where in it
};

std::optional<std::size_t> number(std::string_view text) {
  std::size_t out = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

bool begins(const std::vector<std::string>& steps, std::initializer_list<std::string_view> with) {
  return steps.size() >= with.size() && std::equal(with.begin(), with.end(), steps.begin(), [](auto wanted, const auto& step) {
           return wanted == "#" ? number(step).has_value() : wanted.empty() || wanted == step;
         });
}

std::optional<Within> within_route(std::string_view path) {
  auto steps = pointer_steps(path);
  if (!begins(steps, {"apps", "http", "servers", "", "routes", "#"})) return std::nullopt;
  Within out;
  out.server = steps[3];
  steps.erase(steps.begin(), steps.begin() + 6);
  if (begins(steps, {"handle", "0", "routes", "#"})) steps.erase(steps.begin(), steps.begin() + 4);
  if (steps.empty()) {
    out.whole = true;
    return out;
  }
  if (!begins(steps, {"handle", "#"})) return std::nullopt;
  out.handler = *number(steps[1]);
  out.in_handler = pointer_of({steps.begin() + 2, steps.end()});
  return out;
}

struct Address {
  std::string host;
  std::int64_t port = 0;
};
// "127.0.0.1:80", "[::1]:80"
std::optional<Address> address_of(const value& dial) {
  if (!dial.is_string()) return std::nullopt;
  std::string_view text = dial.get_string();
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = number(text.substr(colon + 1));
  auto host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (!port || host.empty()) return std::nullopt;
  return Address{std::string(host), static_cast<std::int64_t>(*port)};
}

// 204 is "204" and 2 is "2xx" to a manifest.
value status_text(const value& found) {
  if (!found.is_int64()) return found;
  const auto status = found.get_int64();
  return value(status < 10 ? fmt::format("{}xx", status) : std::to_string(status));
}

// Which target, and what of it.
Result<Adoption> other_target(const Object<TargetGroup>& group, const value& wanted, const value& found) {
  const Key key{Kind::target_group, group.meta.name};
  const auto address = address_of(found);
  const auto& targets = group.spec.targets;
  const auto target = std::ranges::find_if(
      targets, [&](const Target& one) { return one.enabled && wanted == value(host_and_port(one.host, one.port)); });
  if (!address || target == targets.end()) return no_field(to_string(key));
  const auto place = fmt::format("targets[{}]", target - targets.begin());
  auto spec = to_json_value(group.spec).as_object();
  auto& held = spec.at("targets").as_array().at(static_cast<std::size_t>(target - targets.begin())).as_object();
  const auto before = held;
  held["host"] = address->host;
  held["port"] = address->port;
  if (target->port == address->port) return Adoption{key, place + ".host", before.at("host"), held.at("host"), std::move(spec)};
  if (target->host == address->host) return Adoption{key, place + ".port", before.at("port"), held.at("port"), std::move(spec)};
  return Adoption{key, place, wanted, found, std::move(spec)};
}

Result<Adoption> other_words(const Object<TargetGroup>& group, std::string_view in_handler, const value& found) {
  const Key key{Kind::target_group, group.meta.name};
  const auto* const same = std::ranges::find(kSameWords, in_handler, &SameWords::in_handler);
  if (same == kSameWords.end()) return no_field(to_string(key));
  value spec = to_json_value(group.spec);
  auto& held = spec.at_pointer(same->in_spec);
  Adoption out{key, std::string(same->field), held, status_text(found), {}};
  held = out.found;
  out.spec = std::move(spec.as_object());
  return out;
}

// What is found there, and nothing else, is what would be rendered.
bool renders_as_found(const object& before, const Adoption& adoption, const Within& place, const value& found,
                      const Settings& settings) {
  TargetGroup group;
  FieldErrors errors;
  from_json_value(value(adoption.spec), "", group, errors);
  if (!errors.empty() || !validate(group).empty()) return false;
  const value was = before, is = proxy_handler(group, settings, kEverything);
  const auto other = differences(was, is, 2);
  return other.size() == 1 && other.front().path == place.in_handler && other.front().found != nullptr &&
         *other.front().found == found;
}

Result<Adoption> adopt_group(const Within& place, const value& wanted, const value& found, const Object<TargetGroup>& group,
                             const Settings& settings) {
  const auto handler = proxy_handler(group.spec, settings, kEverything);
  const value now = handler;
  boost::system::error_code missing;
  const auto* const held = now.find_pointer(place.in_handler, missing);
  const auto whose = to_string({Kind::target_group, group.meta.name});
  if (held != nullptr && *held == found) return Error{"WantedByNow", whose + " wants it so by now", "", Retry::never};
  if (held == nullptr || *held != wanted) return no_field(whose);
  const bool dial = place.in_handler.starts_with("/upstreams/") && place.in_handler.ends_with("/dial");
  auto adoption = dial ? other_target(group, wanted, found) : other_words(group, place.in_handler, found);
  if (adoption && !renders_as_found(handler, *adoption, place, found, settings)) return no_field(whose);
  return adoption;
}

// Its route is gone. A host with names of both kinds has two of them.
Result<Adoption> adopt_absence(const Object<Host>& host, const Within& place) {
  const Key key{Kind::host, host.meta.name};
  const auto one_route = std::ranges::all_of(
      host.spec.aliases, [&](const std::string& alias) { return is_wildcard(alias) == is_wildcard(host.spec.domain); });
  const std::string_view server = host.spec.tls.mode == TlsMode::none ? "http" : "https";
  if (!host.spec.enabled) return Error{"WantedByNow", to_string(key) + " is switched off by now", "", Retry::never};
  if (!one_route || place.server != server) return no_field(to_string(key));
  Adoption out{key, "enabled", true, false, to_json_value(host.spec).as_object()};
  out.spec["enabled"] = false;
  return out;
}

}  // namespace

Result<Adoption> adopt(std::string_view path, const value& wanted, const value& found, const Object<Host>& host,
                       const Object<TargetGroup>* group, const Settings& settings) {
  const auto whose = to_string({Kind::host, host.meta.name});
  const auto place = within_route(path);
  if (!place) return no_field(whose);
  if (place->whole && found.is_null()) return adopt_absence(host, *place);
  if (place->whole || group == nullptr || !has_usable_target(group->spec)) return no_field(whose);
  if (place->handler != host.spec.caddy_handlers.size()) {
    return Error{"InCaddyHandlers", fmt::format("it lies in {}'s caddyHandlers, or beside them", whose),
                 "write it into caddyHandlers, or put it back", Retry::never};
  }
  return adopt_group(*place, wanted, found, *group, settings);
}

}  // namespace argos
