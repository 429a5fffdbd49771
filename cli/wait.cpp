// SPDX-License-Identifier: Apache-2.0
// `wait`: until a condition has a status, and was found for the object as it is now.
#include <algorithm>
#include <iostream>
#include <thread>

#include "cli/app.hpp"
#include "cli/client.hpp"
#include "cli/commands.hpp"
#include "cli/kinds.hpp"
#include "cli/output.hpp"
#include "model/duration.hpp"
#include "model/text.hpp"

namespace argos {
namespace {

constexpr std::chrono::milliseconds kPause{100};
constexpr std::size_t kMostNamed = 5;

struct Wanted {
  std::string type, status;
};

// One object or controller: whether it is as wanted, and if not, why.
struct Found {
  std::string object;
  bool met = false;
  std::string why;
  std::string message;
};
using Founds = std::vector<Found>;

Result<Wanted> parse_wanted(std::string_view text) {
  const Error wrong{"Invalid", "--for=" + shown(text) + " is nothing to wait for",
                    "write --for=condition=Ready or --for=condition=Programmed=False", Retry::never};
  constexpr std::string_view kPrefix = "condition=";
  if (!text.starts_with(kPrefix)) return wrong;
  text.remove_prefix(kPrefix.size());
  const auto equals = std::min(text.find('='), text.size());
  Wanted out{std::string(text.substr(0, equals)), equals == text.size() ? "True" : std::string(text.substr(equals + 1))};
  for (const std::string_view known : {"True", "False", "Unknown"}) {
    const auto same = [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); };
    if (!out.type.empty() && std::ranges::equal(known, out.status, same)) return Wanted{out.type, std::string(known)};
  }
  return wrong;
}

Found judge(std::string object, const boost::json::array& conditions, std::int64_t generation, const Wanted& wanted) {
  Found out{std::move(object), false, "", ""};
  const auto* const held = condition_at(conditions, wanted.type);
  if (held == nullptr) {
    out.why = "has no condition " + wanted.type + " yet";
  } else if (number_at(*held, {"observedGeneration"}) < generation) {
    out.why = wanted.type + " is not known for its newest form yet";
  } else if (text_at(*held, {"status"}) != wanted.status) {
    out.why = wanted.type + " is " + text_at(*held, {"status"}) + ": " + text_at(*held, {"reason"});
    out.message = text_at(*held, {"message"});
  } else {
    out.met = true;
  }
  return out;
}

Found judge_object(Kind kind, const boost::json::value& object, const Wanted& wanted) {
  return judge(to_string(Key{kind, text_at(object, {"metadata", "name"})}), list_at(object, {"status", "conditions"}),
               number_at(object, {"metadata", "generation"}), wanted);
}

Result<Founds> controllers(const Client& client, const Wanted& wanted, const std::string& name) {
  const auto answer = client.get("/api/v1/status");
  if (!answer) return answer.error();
  Founds out;
  for (const auto& one : list_at(*answer, {"controllers"})) {
    const auto named = text_at(one, {"name"});
    const auto& conditions = list_at(one, {"conditions"});
    // As /readyz: nobody waits for what is suspended.
    const bool rests = name.empty() && wanted.type == "Ready" && condition_at(conditions, "Suspended") != nullptr;
    if (!rests && (name.empty() || name == named)) out.push_back(judge("controller/" + named, conditions, 0, wanted));
  }
  if (!name.empty() && out.empty()) out.push_back({"controller/" + name, false, "there is no such controller", ""});
  return out;
}

Result<Founds> objects(const Client& client, const Wanted& wanted, const Key& key) {
  if (!key.name.empty()) {
    const auto answer = client.get(path_of(key));
    if (answer) return Founds{judge_object(key.kind, *answer, wanted)};
    if (answer.error().reason == "NotFound") return Founds{{to_string(key), false, "does not exist", ""}};
    return answer.error();
  }
  const auto answer = client.get(path_of(key));
  if (!answer) return answer.error();
  Founds out;
  for (const auto& object : list_at(*answer, {"items"})) out.push_back(judge_object(key.kind, object, wanted));
  return out;
}

Result<Founds> look(const Client& client, const Wanted& wanted, const std::optional<Key>& key, bool all) {
  if (key && key->kind != Kind::controller) return objects(client, wanted, *key);
  auto out = controllers(client, wanted, key ? key->name : "");
  if (!out || !all) return out;
  for (const auto& names : desired_kinds()) {
    const auto more = objects(client, wanted, {names.kind, ""});
    if (!more) return more.error();
    out->insert(out->end(), more->begin(), more->end());
  }
  return out;
}

// What is still missing, on one line; a message that several share is said once.
std::string missing(const Result<Founds>& seen) {
  if (!seen) return seen.error().text();
  std::string out;
  std::size_t named = 0, unmet = 0;
  for (const auto& one : *seen) {
    if (one.met || unmet++ >= kMostNamed) continue;
    const bool fresh = !one.message.empty() && out.find(one.message) == std::string::npos;
    out += (named++ == 0 ? "" : "; ") + one.object + ": " + one.why + (fresh ? ": " + one.message : "");
  }
  return unmet == named ? out : out + "; and " + std::to_string(unmet - named) + " more";
}

int wait_for(const Client& client, const Wanted& wanted, const std::optional<Key>& key, bool all,
             std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (true) {
    const auto seen = look(client, wanted, key, all);
    if (seen && std::ranges::all_of(*seen, &Found::met)) {
      for (const auto& one : *seen) std::cout << one.object << " condition met\n";
      return kDone;
    }
    if (!seen && seen.error().reason == "NotAllowed") return fail(seen.error());
    if (std::chrono::steady_clock::now() + kPause > deadline) {
      complain("not in time: " + missing(seen));
      return kLate;
    }
    std::this_thread::sleep_for(kPause);  // between two looks
  }
}

}  // namespace

int wait(const WaitOptions& options) {
  const auto wanted = parse_wanted(options.wanted);
  if (!wanted) return misused(wanted.error());
  const auto timeout = parse_duration(options.timeout);
  if (!timeout) return misused({"Invalid", "--timeout " + shown(options.timeout) + " is no duration", "write 60s or 5m"});
  std::optional<Key> key;
  if (!options.object.empty()) {
    const auto parsed = parse_key(options.object);
    if (!parsed) return misused(parsed.error());
    key = *parsed;
  }
  const auto client = make_client();
  if (!client) return misused(client.error());
  return wait_for(*client, *wanted, key, options.all, timeout->value);
}

}  // namespace argos
