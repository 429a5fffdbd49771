// SPDX-License-Identifier: Apache-2.0
#include "model/caddy_hint.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <optional>
#include <vector>

#include <spdlog/fmt/fmt.h>

#include "model/caddy_claims.hpp"
#include "model/caddy_places.hpp"
#include "model/text.hpp"

namespace argos {
namespace {

// Reads Caddy's words from the front.
class Words {
 public:
  explicit Words(std::string_view text) : text_(text) {}

  bool skip(std::string_view prefix) {
    if (!text_.starts_with(prefix)) return false;
    text_.remove_prefix(prefix.size());
    return true;
  }
  // "route 3: " -> "3"
  std::optional<std::string> number_after(std::string_view word) {
    if (!text_.starts_with(word)) return std::nullopt;
    const auto rest = text_.substr(word.size());
    const auto digits = std::ranges::find_if_not(rest, [](unsigned char c) { return std::isdigit(c) != 0; }) - rest.begin();
    if (digits == 0 || !rest.substr(static_cast<std::size_t>(digits)).starts_with(": ")) return std::nullopt;
    text_ = rest.substr(static_cast<std::size_t>(digits) + 2);
    return std::string(rest.substr(0, static_cast<std::size_t>(digits)));
  }
  // "server https: " -> "https"
  std::optional<std::string> word_after(std::string_view word) {
    const auto end = text_.find(": ");
    if (!text_.starts_with(word) || end == std::string_view::npos) return std::nullopt;
    const auto found = text_.substr(word.size(), end - word.size());
    text_.remove_prefix(end + 2);
    return std::string(found);
  }
  std::string_view rest() const { return text_; }

 private:
  std::string_view text_;
};

// What Caddy puts before every complaint, in the order in which it does.
void skip_preamble(Words& words) {
  constexpr std::array<std::string_view, 8> kNoise{
      "loading config: ",  "loading new config: ",     "loading http app module: ", "provision http: ",
      "getting tls app: ", "loading tls app module: ", "provision tls: ",           "http app module: "};
  for (const auto noise : kNoise) words.skip(noise);
}

// One handler, as far in as the words lead; each level is a list of routes. Leaves what is left to say.
void follow_routes(Words& words, std::string& path) {
  while (const auto route = words.number_after("route ")) {
    path += "/" + *route;
    if (!words.skip("loading handler modules: ")) return;
    const auto position = words.number_after("position ");
    if (!position) return;
    path += "/handle/" + *position;
    const auto module = words.word_after("loading module '");  // "subroute'"
    if (!module) return;
    words.skip("provision http.handlers." + module->substr(0, module->size() - 1) + ": ");
    words.skip("decoding module config: ");
    if (!words.skip("setting up subroutes: ")) return;
    path += "/routes";
  }
}

std::string without_values(std::string_view words) {
  const auto map = words.find(" in map[");  // Go prints what the operator wrote; it may hold a secret
  return std::string(words.substr(0, map));
}

using Hosts = std::map<std::string, const Object<Host>*, std::less<>>;

Hosts hosts_by_name(const std::vector<Claim>& claims) {
  Hosts out;
  for (const auto& claim : claims) {
    for (const auto& name : claim.names) out.emplace(name, claim.host);
  }
  return out;
}

std::optional<std::size_t> position_in_handle(const std::vector<std::string>& rest) {
  if (rest.size() < 2 || rest[0] != "handle") return std::nullopt;
  return std::stoul(rest[1]);
}

// The hosts that hold the very same raw handler there: Caddy would complain of one after the other.
std::set<Key> alike(const Desired& forms, const Object<Host>& host, std::size_t position) {
  const auto& handler = host.spec.caddy_handlers[position];
  std::set<Key> out;
  for (const auto& other : forms.hosts) {
    const auto& handlers = other.spec.caddy_handlers;
    if (std::ranges::find(handlers, handler) != handlers.end()) out.insert({Kind::host, other.meta.name});
  }
  return out;
}

CaddyHint blame_handler(const Desired& forms, const Object<Host>& host, std::size_t position, const Owner& owner,
                        const std::string& words) {
  if (position >= host.spec.caddy_handlers.size()) return {{{Kind::target_group, host.spec.target_group}}, true, words};
  std::string where = fmt::format("caddyHandlers[{}]", position);
  if (owner.rest.size() > 2) {
    where += pointer_of({owner.rest.begin() + 2, owner.rest.end()});
  }
  return {alike(forms, host, position), true, where + ": " + words};
}

std::set<Key> certificates_with_file(const Desired& forms, std::string_view path) {
  const auto name = path.substr(path.rfind('/') + 1);
  std::set<Key> out;
  for (const auto& one : forms.certificates) {
    if (name == one.spec.file(".crt") || name == one.spec.file(".key")) out.insert({Kind::certificate, one.meta.name});
  }
  return out;
}

}  // namespace

Complaint complaint_of(std::string_view message) {
  Words words(message);
  skip_preamble(words);
  Complaint out;
  if (words.skip("loading certificates: ")) {
    Words rest(words.rest());
    if (const auto file = rest.word_after("open ")) out.file = *file;
  } else if (const auto policy = words.number_after("provisioning automation policy ")) {
    out.path = "/apps/tls/automation/policies/" + *policy;
    words.skip("loading TLS automation management module: ");
    words.number_after("position ");
  } else if (const auto server = words.word_after("server ")) {
    out.path = pointer_of({"apps", "http", "servers", *server});
    if (words.skip("setting up route handlers: ")) {
      out.path += "/routes";
    } else if (words.skip("setting up server error handling routes: ")) {
      out.path += "/errors/routes";
    }
    follow_routes(words, out.path);
  }
  constexpr std::size_t kLongest = 600;
  out.words = shown(without_values(words.rest()), kLongest);
  return out;
}

CaddyHint hint_of(std::string_view message, const Desired& forms, const boost::json::value& document) {
  const auto complaint = complaint_of(message);
  if (!complaint.file.empty()) return {certificates_with_file(forms, complaint.file), true, complaint.words};
  CaddyHint none{{}, false, complaint.words};
  const auto owner = owner_of(document, complaint.path);
  if (owner.names.empty()) return none;
  const auto claims = settle_claims(forms);
  const auto hosts = hosts_by_name(claims);
  std::set<const Object<Host>*> named;
  for (const auto& name : owner.names) {
    if (const auto found = hosts.find(name); found != hosts.end()) named.insert(found->second);
  }
  const auto position = position_in_handle(owner.rest);
  if (named.size() == 1 && position) return blame_handler(forms, **named.begin(), *position, owner, complaint.words);
  for (const auto* const host : named) none.suspects.insert({Kind::host, host->meta.name});
  none.all_of_them = named.size() == 1;
  return none;
}

}  // namespace argos
