// SPDX-License-Identifier: Apache-2.0
#include "controllers/caddy_trial.hpp"

#include <algorithm>
#include <utility>

#include "model/caddy_choice.hpp"
#include "model/caddy_claims.hpp"
#include "model/caddy_keep.hpp"
#include "model/caddy_places.hpp"
#include "model/canonical_json.hpp"
#include "model/deep_json.hpp"
#include "model/differences.hpp"
#include "runtime/files.hpp"

namespace argos {
namespace {

constexpr std::size_t kMostFindings = 20;  // of one suspended host

Form form_of(const Rendered& rendered, const std::string& body) {
  Form form;
  form.hash = sha256_hex(body);
  for (const auto& [key, verdict] : rendered.verdicts) form.pieces[key] = verdict.piece;
  return form;
}

Trial finish(std::shared_ptr<const Desired> forms, std::set<Key> left_out, Rendered& rendered) {
  Trial out;
  out.forms = std::move(forms);
  out.left_out = std::move(left_out);
  out.body = canonical_json(rendered.document);
  out.form = form_of(rendered, out.body);
  out.document = std::move(rendered.document);
  out.files_written = rendered.files_written;
  return out;
}

// Puts the handlers that were found in a suspended host's route in the place of the rendered ones.
void leave_by_hand(const Claim& claim, boost::json::value& found, Rendered& rendered, std::vector<Finding>& by_hand) {
  const Key key{Kind::host, claim.host->meta.name};
  const std::set<std::string, std::less<>> names(claim.names.begin(), claim.names.end());
  for (const auto& place : places_of(rendered.document, names)) {
    const auto steps = pointer_steps(place);
    if (steps.size() < 4 || steps[2] != "servers") continue;
    boost::system::error_code missing;
    auto* const ours = rendered.document.find_pointer(place + "/handle", missing);
    auto* const route = find_route(found, steps[3], claim.names.front());
    const auto* const theirs = route == nullptr ? nullptr : route->if_contains("handle");
    if (ours == nullptr || theirs == nullptr || *ours == *theirs) continue;
    for (const auto& difference : differences(*ours, *theirs, kMostFindings)) {
      by_hand.push_back(finding_at(difference, key, place + "/handle"));
    }
    rendered.verdicts[key].piece = "by hand: " + sha256_hex(canonical_json(*theirs));
    *ours = *theirs;
  }
}

// What runs and is wanted, though only in a form that is left out, and of which no accepted one is remembered.
std::set<std::string, std::less<>> dropped_names(const Wanted& wanted, const std::set<Key>& left_out,
                                                 const boost::json::value& document) {
  std::set<std::string, std::less<>> out;
  if (left_out.empty() || !wanted.running.is_object()) return out;
  const auto now = names_in(wanted.running), then = names_in(document);
  for (const auto& claim : settle_claims(*wanted.desired)) {
    if (!left_out.contains({Kind::host, claim.host->meta.name})) continue;
    for (const auto& name : claim.names) {
      if (now.contains(name) && !then.contains(name)) out.insert(name);
    }
  }
  return out;
}

// Better left as they run than served without what they are to have.
std::set<Key> running_hosts_cut_short(const Wanted& wanted, const std::set<Key>& left_out) {
  auto out = hosts_cut_short(*wanted.desired, *wanted.accepted, left_out);
  if (out.empty()) return out;
  const auto running = names_in(wanted.running);
  const auto claims = settle_claims(*wanted.desired);
  std::erase_if(out, [&](const Key& key) {
    const auto claim = std::ranges::find(claims, key.name, [](const Claim& one) { return one.host->meta.name; });
    const auto runs = [&](const std::string& name) { return running.contains(name); };
    return claim == claims.end() || !std::ranges::any_of(claim->names, runs);
  });
  return out;
}

Trial as_found_where_left_out(const Wanted& wanted, std::shared_ptr<const Desired> forms, std::set<Key> left_out,
                              Rendered rendered) {
  Trial notes;
  if (!wanted.suspended.empty() && wanted.running.is_object()) {
    auto found = wanted.running;
    for (const auto& claim : settle_claims(*forms)) {
      if (wanted.suspended.contains({Kind::host, claim.host->meta.name})) leave_by_hand(claim, found, rendered, notes.by_hand);
    }
  }
  if (const auto dropped = dropped_names(wanted, left_out, rendered.document); !dropped.empty()) {
    keep_running(rendered.document, wanted.running, dropped);
  }
  for (const auto& [key, verdict] : rendered.verdicts) {
    const auto asked = wanted.verdicts.find(key);
    if (asked != wanted.verdicts.end() && asked->second.accepted.reason != verdict.accepted.reason) {
      notes.accepted[key] = verdict.accepted;
    }
  }
  auto out = finish(std::move(forms), std::move(left_out), rendered);
  out.by_hand = std::move(notes.by_hand);
  out.accepted = std::move(notes.accepted);
  return out;
}

bool has_nonsense(const Desired& desired) {
  const auto bad = [](const auto& object) { return !object.errors.empty(); };
  return std::ranges::any_of(desired.hosts, bad) || std::ranges::any_of(desired.target_groups, bad) ||
         std::ranges::any_of(desired.certificates, bad) || bad(desired.settings);
}

}  // namespace

void make_wanted(Wanted& wanted) {
  auto rendered = render(*wanted.desired, wanted.abilities, wanted.surroundings);
  wanted.left_out = wanted.suspended;
  for (const auto& [key, refusal] : wanted.refused) {
    const auto verdict = rendered.verdicts.find(key);
    if (verdict != rendered.verdicts.end() && verdict->second.piece == refusal.piece) wanted.left_out.insert(key);
  }
  const bool all = wanted.left_out.empty() && !has_nonsense(*wanted.desired);
  if (all) wanted.trial = finish(wanted.desired, {}, rendered);
  wanted.verdicts = std::move(rendered.verdicts);
  if (!all) wanted.trial = make_trial(wanted, {});
}

Trial make_trial(const Wanted& wanted, const std::set<Key>& left_out) {
  auto all = wanted.left_out;
  all.insert(left_out.begin(), left_out.end());
  all.merge(running_hosts_cut_short(wanted, all));
  auto forms = std::make_shared<const Desired>(choose(*wanted.desired, *wanted.accepted, all));
  auto rendered = render(*forms, wanted.abilities, wanted.surroundings);
  return as_found_where_left_out(wanted, std::move(forms), std::move(all), std::move(rendered));
}

boost::json::value document_of(const Trial& trial) {
  return trial.document.is_null() ? parse_deep(trial.body).value() : trial.document;
}

}  // namespace argos
