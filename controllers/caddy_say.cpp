// SPDX-License-Identifier: Apache-2.0
// What the caddy controller tells: conditions, findings, and what there is to explain of an object.
#include <algorithm>
#include <utility>

#include <spdlog/fmt/fmt.h>

#include "controllers/caddy.hpp"
#include "model/caddy_claims.hpp"
#include "model/caddy_places.hpp"
#include "model/canonical_json.hpp"
#include "model/differences.hpp"

namespace argos {
namespace {

constexpr std::size_t kMostFindings = 20;
constexpr std::size_t kMostPlaces = 6;  // to explain: a group may be in a thousand

// Whom a place in either document concerns.
std::optional<Key> object_at(const std::string& path, const boost::json::value& wanted, const boost::json::value& found,
                             const std::vector<Claim>& claims) {
  for (const auto* const document : {&wanted, &found}) {
    const auto owner = owner_of(*document, path);
    if (owner.names.empty()) continue;
    for (const auto& claim : claims) {
      if (std::ranges::find(claim.names, owner.names.front()) != claim.names.end()) {
        return Key{Kind::host, claim.host->meta.name};
      }
    }
  }
  return std::nullopt;
}

// A host, and what goes into its place in the document.
std::vector<Key> with_what_it_uses(const Key& host, const std::vector<Claim>& claims) {
  std::vector<Key> out{host};
  for (const auto& claim : claims) {
    if (claim.host->meta.name != host.name) continue;
    if (claim.group != nullptr) out.push_back({Kind::target_group, claim.group->meta.name});
    if (claim.certificate != nullptr) out.push_back({Kind::certificate, claim.certificate->meta.name});
  }
  return out;
}

template <class Spec>
const Object<Spec>* named(const std::vector<Object<Spec>>& objects, const std::string& name) {
  const auto name_of = [](const Object<Spec>& object) -> const std::string& { return object.meta.name; };
  const auto found = std::ranges::lower_bound(objects, name, {}, name_of);
  return found == objects.end() || found->meta.name != name ? nullptr : &*found;
}

// The form in which Caddy accepted it last; null where there is none, or it is no object of its own there.
boost::json::value accepted_spec(const Desired& accepted, const Key& key) {
  const auto spec_in = [&](const auto& objects) -> boost::json::value {
    const auto* const found = named(objects, key.name);
    return found == nullptr ? boost::json::value() : to_json_value(found->spec);
  };
  if (key.kind == Kind::host) return spec_in(accepted.hosts);
  if (key.kind == Kind::target_group) return spec_in(accepted.target_groups);
  return nullptr;
}

}  // namespace

// Says on every object what came of the pass, and passes it on.
Result<> Caddy::say(Result<> outcome) {
  if (outcome && !wanted_) return outcome;  // another pass begins at once
  if (outcome && runs_what_is_wanted()) {
    const auto& form = wanted_->trial.form;
    if (std::ranges::find(forms_, form.hash, &Form::hash) == forms_.end()) forms_.push_back(form);
    memory_.runs(form.hash, wanted_->trial.forms);
    if (wanted_->trial.by_hand.empty()) {
      findings_.none();
    } else {
      findings_.note(wanted_->trial.by_hand, FindingAction::suspended);
    }
    if (contention_.rival(clock_.now())) {
      outcome = Error{
          "Contended",
          fmt::format("Caddy runs what is wanted, but somebody else has replaced it {} times in a row", contention_.times()),
          "does another manager use this Caddy? one of them must go"};
    }
  }
  publish(outcome ? Error{} : outcome.error());
  return outcome;
}

Sight Caddy::sight() const {
  if (!found_) return {.blind = true};
  if (drifted_) return {.running = &*drifted_};
  if (runs_what_is_wanted()) return {.running = &wanted_->trial.form};
  const auto form = std::ranges::find(forms_, found_->hash, &Form::hash);
  return {.running = form == forms_.end() ? nullptr : &*form};
}

void Caddy::publish(const Error& trouble) {
  const auto state = fmt::format("{}/{}/{}/{}/{}/{}", wanted_->version.epoch, wanted_->version.seq, wanted_->trial.form.hash,
                                 found_ ? found_->hash : "", wanted_->left_out.size(), trouble.reason + trouble.message);
  if (state == published_state_) return;
  published_state_ = state;
  const auto seen = sight();
  if (trouble.reason == "Pending") return publish_pending(seen, trouble);
  for (const auto& [key, verdict] : wanted_->verdicts) publish_one(key, verdict, seen, trouble);
  std::erase_if(published_, [&](const Key& key) {
    const bool gone = !wanted_->verdicts.contains(key);
    if (gone) conditions_.forget(key);
    return gone;
  });
}

// Of those of which the coming document changes nothing all that there is to say was said; what is gone runs until then. Visitors wait
// for this.
void Caddy::publish_pending(const Sight& seen, const Error& trouble) {
  static const std::map<Key, std::string> kNone;
  const auto& running = seen.running == nullptr ? kNone : seen.running->pieces;
  auto runs = running.begin();
  for (const auto& [key, verdict] : wanted_->verdicts) {
    while (runs != running.end() && runs->first < key) ++runs;
    const bool same = runs != running.end() && runs->first == key && runs->second == verdict.piece && !verdict.piece.empty();
    if (!same || !is_told(key, verdict)) publish_one(key, verdict, seen, trouble);
  }
}

bool Caddy::is_told(const Key& key, const Verdict& verdict) const {
  const auto* const said = conditions_.find(key, "Programmed");
  return said != nullptr && said->status == Status::yes && said->observed_generation == verdict.accepted.observed_generation;
}

void Caddy::publish_one(const Key& key, const Verdict& verdict, const Sight& seen, const Error& trouble) {
  const auto why = left_out(key);
  std::vector<Condition> now;
  if (key.kind != Kind::certificate) now.push_back(verdict.accepted);
  now.push_back(programmed(key, verdict, seen, why ? &*why : nullptr, trouble));
  if (verdict.supported) now.push_back(*verdict.supported);
  if (awaits_its_first_look(key, verdict)) now.push_back({"Valid", Status::unknown, "Pending", "not looked at yet", 0, {}});
  conditions_.set_all(key, std::move(now));
  if (!verdict.supported) conditions_.drop(key, "Supported");
  published_.insert(key);
}

// Else it would be Ready between the load and the first handshake.
bool Caddy::awaits_its_first_look(const Key& key, const Verdict& verdict) const {
  const bool is_served = key.kind == Kind::host && !verdict.piece.empty();
  if (!options_.handshakes_are_seen || !is_served || conditions_.find(key, "Valid") != nullptr) return false;
  const auto* const host = named(wanted_->desired->hosts, key.name);
  return host != nullptr && host->spec.tls.mode != TlsMode::none;
}

// Why the wanted form of this object is not in the document.
std::optional<LeftOut> Caddy::left_out(const Key& key) const {
  if (wanted_->left_out.empty() && wanted_->trial.accepted.empty()) return std::nullopt;
  if (auto own = left_out_for(key, key)) return own;
  if (auto certificate = left_out_with_its_certificate(key)) return certificate;
  if (key.kind == Kind::host) {
    if (const auto* const host = named(wanted_->desired->hosts, key.name)) {
      if (auto group = left_out_for(key, {Kind::target_group, host->spec.target_group})) return group;
    }
  }
  if (const auto other = wanted_->trial.accepted.find(key); other != wanted_->trial.accepted.end()) {
    if (other->second.reason != "Accepted") return LeftOut{other->second.reason, other->second.message};
  }
  return left_out_for(key, {Kind::settings, std::string(Settings::kName)});
}

std::optional<LeftOut> Caddy::left_out_with_its_certificate(const Key& key) const {
  if (key.kind != Kind::host) return std::nullopt;
  for (const auto& cause : wanted_->left_out) {
    const auto* const certificate =
        cause.kind == Kind::certificate ? named(wanted_->desired->certificates, cause.name) : nullptr;
    if (certificate != nullptr && certificate->spec.host == key.name) return left_out_for(key, cause);
  }
  return std::nullopt;
}

std::optional<LeftOut> Caddy::left_out_for(const Key& key, const Key& cause) const {
  if (!wanted_->left_out.contains(cause)) return std::nullopt;
  const auto prefix = key == cause ? std::string() : to_string(cause) + ": ";
  if (wanted_->suspended.contains(cause)) return LeftOut{"Suspended", prefix + "left alone for hand work, until it is resumed"};
  const auto refusal = wanted_->refused.find(cause);
  return LeftOut{"RejectedByCaddy", prefix + (refusal == wanted_->refused.end() ? "" : refusal->second.words)};
}

// Policy `report`: what somebody else made of the configuration stays until something else is wanted. Objects that it touches say so.
Result<> Caddy::report_drift() {
  note_findings(FindingAction::reported, Whose::somebody);
  memory_.report(found_->hash);
  const auto claims = settle_claims(*wanted_->trial.forms);
  const auto wanted = document_of(wanted_->trial);
  drifted_ = wanted_->trial.form;
  for (const auto& difference : differences(wanted, found_->document, kMostFindings)) {
    const auto object = object_at(difference.path, wanted, found_->document, claims);
    if (object) {
      for (const auto& key : with_what_it_uses(*object, claims)) drifted_->pieces[key] = "drifted";
    } else {
      drifted_->pieces.clear();
    }
  }
  publish(Error{"Drifted", "somebody else changed it in Caddy, and settings.drift.caddy is report",
                "change anything that is wanted, or set it to heal"});
  return {};
}

void Caddy::note_findings(FindingAction action, Whose whose) {
  if (whose == Whose::start || is_blank(found_->document)) {
    const auto wanted = fmt::format("\"{} objects\"", wanted_->verdicts.size());
    return findings_.note({{"", std::nullopt, wanted, masked(&found_->document)}}, action);
  }
  const auto wanted = document_of(wanted_->trial);
  const auto claims = settle_claims(*wanted_->trial.forms);
  std::vector<Finding> findings;
  for (const auto& difference : differences(wanted, found_->document, kMostFindings)) {
    findings.push_back(finding_at(difference, object_at(difference.path, wanted, found_->document, claims)));
  }
  findings_.note(findings, action);
}

// One look in vain may be a reload's doing, and before it was ever given anything nothing is amiss.
void Caddy::note_whether_it_answers(const Result<CaddyAdmin::Running>& running) {
  if (running) {
    silent_ = false;
    return process_findings_.none();
  }
  const bool nobody = running.error().reason == "CaddyUnreachable" && !memory_.ran().empty();
  if (nobody && std::exchange(silent_, true)) {
    process_findings_.note({{"", std::nullopt, "\"answers\"", "\"nobody answers\""}}, FindingAction::reported);
  }
}

std::set<std::string, std::less<>> Caddy::names_of_object(const Key& key) const {
  std::set<std::string, std::less<>> out;
  for (const auto* const forms : {wanted_->desired.get(), wanted_->trial.forms.get()}) {
    for (const auto& claim : settle_claims(*forms)) {
      const auto& host = *claim.host;
      const bool is_it = key.kind == Kind::host ? host.meta.name == key.name
                         : key.kind == Kind::certificate
                             ? claim.certificate != nullptr && claim.certificate->meta.name == key.name
                             : key.kind == Kind::target_group && host.spec.target_group == key.name;
      if (is_it) out.insert(claim.names.begin(), claim.names.end());
    }
  }
  return out;
}

// For `argos explain`: the object's places in the document, what Caddy runs there, and which form that is.
boost::json::value Caddy::explain(const Key& key) const {
  if (!wanted_) return nullptr;
  const auto verdict = wanted_->verdicts.find(key);
  if (verdict == wanted_->verdicts.end()) return nullptr;
  const auto wanted = document_of(wanted_->trial);
  boost::json::array places;
  for (const auto& path : places_of(wanted, names_of_object(key))) {
    if (places.size() == kMostPlaces) break;
    boost::system::error_code missing;
    const auto* const ours = wanted.find_pointer(path, missing);
    const auto* const theirs = found_ ? found_->document.find_pointer(path, missing) : nullptr;
    const bool equal = ours != nullptr && theirs != nullptr && canonical_json(*ours) == canonical_json(*theirs);
    places.push_back({{"path", path},
                      {"wanted", ours == nullptr ? boost::json::value() : *ours},
                      {"running", theirs == nullptr ? boost::json::value() : *theirs},
                      {"equal", equal}});
  }
  const auto why = left_out(key);
  const auto piece = sight().piece(key);
  const auto* const form = piece.empty() ? "none" : piece == verdict->second.piece ? "wanted" : "accepted";
  boost::json::value refused = nullptr;
  if (why) refused = {{"reason", why->reason}, {"message", why->message}};
  return {{"places", std::move(places)},
          {"refused", std::move(refused)},
          {"form", form},
          {"accepted", std::string_view(form) == "accepted" ? accepted_spec(*memory_.accepted(), key) : nullptr}};
}

}  // namespace argos
