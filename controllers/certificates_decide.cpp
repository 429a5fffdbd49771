// SPDX-License-Identifier: Apache-2.0
#include "controllers/certificates_decide.hpp"

#include <algorithm>
#include <array>

#include <boost/json.hpp>
#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include "model/caddy_claims.hpp"
#include "model/text.hpp"

namespace argos {
namespace {

using Is = Folder::Entry::Is;
constexpr std::array<const char*, 2> kEndings{".crt", ".key"};

std::string described(const HeldFile& found) {
  switch (found.entry.is) {
    case Is::file: return "a file of other bytes";
    case Is::link: return "a link to " + shown(found.target);
    case Is::folder: return "a folder";
    case Is::other: break;
  }
  return "no file";
}

std::string access(unsigned mode, unsigned owner, unsigned group) {
  return fmt::format("mode {:04o}, owner {}:{}", mode, owner, group);
}

std::optional<Flaw> flaw_of(const FolderState& state, const PairRecord& record, const char* ending) {
  Flaw flaw{record.stem() + ending, record.certificate, Flaw::What::missing, json_text("as it was written"), ""};
  const auto held = state.files.find(flaw.file);
  if (held == state.files.end()) return flaw;
  const auto& [entry, sha256, target] = held->second;
  if (entry.is != Is::file || sha256 != (mode_of(flaw.file) == kKeyMode ? record.key_sha256 : record.crt_sha256)) {
    flaw.what = Flaw::What::content;
    flaw.found = json_text(described(held->second));
    return flaw;
  }
  if (entry.mode == mode_of(flaw.file) && entry.owner == state.owner.owner && entry.group == state.owner.group)
    return std::nullopt;
  flaw.what = Flaw::What::access;
  flaw.wanted = json_text(access(mode_of(flaw.file), state.owner.owner, state.owner.group));
  flaw.found = json_text(access(entry.mode, entry.owner, entry.group));
  return flaw;
}

// A link that somebody turned elsewhere, or a thing in the place of one. One that is only out of date is none.
std::optional<Flaw> flaw_of_link(const FolderState& state, const std::string& host, const std::string& certificate,
                                 const char* ending) {
  const auto held = state.files.find(host + ending);
  if (held == state.files.end()) return std::nullopt;
  const auto aimed_at = own_name(held->second.target);
  const bool ours =
      held->second.entry.is == Is::link && aimed_at.what == OwnName::What::pair && aimed_at.stem.starts_with(host + ".");
  if (ours) return std::nullopt;
  return Flaw{host + ending, certificate, Flaw::What::content, json_text("a link to the newest"),
              json_text(described(held->second))};
}

class Planner {
 public:
  Planner(const FolderState& state, const std::vector<Flaw>& flaws, const std::set<std::string>& left)
      : state_(state), left_(left) {
    for (const auto& flaw : flaws) flaws_.emplace(flaw.file, &flaw);
    for (const auto& record : state.records) {
      by_stem_[{record.certificate, record.stem()}] = &record;
      auto& newest = newest_[record.certificate];
      if (newest == nullptr || newest->generation < record.generation) newest = &record;
    }
  }

  FolderPlan made() {
    for (const auto& name : state_.suspended) {
      if (const auto row = state_.judged.find(name); row != state_.judged.end()) left_hosts_.insert(row->second.host);
    }
    for (const auto& [name, judged] : state_.judged) {
      if (!state_.suspended.contains(name) && judged.sound()) settle(name, judged);
    }
    for (const auto& record : state_.records) settle(record);
    for (const auto& [host, certificate] : state_.serving) turn_links(host, certificate);
    for (const auto& [name, found] : state_.files) settle(name, found);
    return std::move(plan_);
  }

 private:
  bool is_broken(const PairRecord& record) const {
    return std::ranges::any_of(kEndings, [&](const char* ending) {
      const auto flaw = flaws_.find(record.stem() + ending);
      return flaw != flaws_.end() && flaw->second->what != Flaw::What::access;
    });
  }

  bool is_newest(const PairRecord& record) const {
    const auto newest = newest_.find(record.certificate);
    return newest != newest_.end() && newest->second == &record;
  }

  const PairRecord* record_of(const PairRecord& pair) const {
    const auto found = by_stem_.find({pair.certificate, pair.stem()});
    return found == by_stem_.end() ? nullptr : found->second;
  }

  // The pair that the row is for.
  void settle(const std::string& name, const Judged& judged) {
    needed_.insert(judged.pair.stem());
    const auto* const record = record_of(judged.pair);
    if (record == nullptr || mend(*record)) {
      plan_.write.insert(name);
    } else if (record->generation != judged.generation || record->names != judged.pair.names || record->since < 0) {
      plan_.note.push_back(judged.pair);
    }
  }

  // True where its files are to be written anew.
  bool mend(const PairRecord& record) {
    bool write = false;
    for (const auto* const ending : kEndings) {
      const auto file = record.stem() + ending;
      const auto flaw = flaws_.find(file);
      if (flaw == flaws_.end()) continue;
      plan_.flawed[file] = left_.contains(file) ? FindingAction::reported : FindingAction::healed;
      if (left_.contains(file)) continue;
      if (flaw->second->what == Flaw::What::access) plan_.access.push_back(file);
      write = write || flaw->second->what != Flaw::What::access;
    }
    return write;
  }

  // A pair on record that no row can be made into again.
  void settle(const PairRecord& record) {
    if (state_.suspended.contains(record.certificate)) return leave(record);
    const auto row = state_.judged.find(record.certificate);
    const bool sound = row != state_.judged.end() && row->second.sound();
    if (sound && record_of(row->second.pair) == &record) return;
    const bool is_last = row != state_.judged.end() && !sound && is_newest(record);
    if (is_broken(record)) {
      for (const auto* const ending : kEndings) {
        if (flaws_.contains(record.stem() + ending)) plan_.flawed[record.stem() + ending] = FindingAction::reported;
      }
      const bool is_shown = row != state_.judged.end() && is_newest(record) && state_.kept_by_caddy.contains(record.stem());
      if (is_shown) return hold(record);
      plan_.forget.push_back(record);
      if (is_newest(record)) newest_.erase(record.certificate);
      return;
    }
    needed_.insert(record.stem());
    mend(record);
    if (!is_last) plan_.former.push_back(record);
  }

  void hold(const PairRecord& record) {
    needed_.insert(record.stem());
    plan_.held.push_back(record);
  }

  void leave(const PairRecord& record) {
    needed_.insert(record.stem());
    for (const auto* const ending : kEndings) {
      if (flaws_.contains(record.stem() + ending)) plan_.flawed[record.stem() + ending] = FindingAction::suspended;
    }
  }

  void turn_links(const std::string& host, const std::string& certificate) {
    if (left_hosts_.contains(host)) return;
    const auto newest = newest_.find(certificate);
    if (newest == newest_.end() || newest->second->host != host) return;
    const auto target = newest->second->stem();
    linked_.insert(host);
    for (const auto* const ending : kEndings) {
      const auto link = host + ending;
      const auto held = state_.files.find(link);
      const bool right =
          held != state_.files.end() && held->second.entry.is == Is::link && held->second.target == target + ending;
      const bool stuck = held != state_.files.end() && held->second.entry.is == Is::folder;
      if (flaws_.contains(link))
        plan_.flawed[link] = left_.contains(link) || stuck ? FindingAction::reported : FindingAction::healed;
      if (!right && !stuck && !left_.contains(link)) plan_.links[link] = target + ending;
    }
  }

  // What lies there.
  void settle(const std::string& file, const HeldFile& found) {
    const auto name = own_name(file);
    const bool of_left_host = std::ranges::any_of(
        left_hosts_, [&](const auto& host) { return name.stem == host || name.stem.starts_with(host + "."); });
    if (of_left_host || (name.what == OwnName::What::pair && needed_.contains(name.stem))) return;
    if (name.what == OwnName::What::link && linked_.contains(name.stem)) return;
    const bool may_go = found.entry.is == Is::link || (found.entry.is == Is::file && name.what != OwnName::What::link);
    const bool know_nothing =
        state_.judged.empty() && state_.records.empty();  // another database? the files may be all that is left
    if (name.what != OwnName::What::none && may_go && !know_nothing) {
      plan_.unneeded.push_back(file);
    } else {
      plan_.foreign.push_back(file);
    }
  }

  const FolderState& state_;
  const std::set<std::string>& left_;
  std::map<std::string, const Flaw*> flaws_;
  std::map<std::string, const PairRecord*> newest_;
  std::map<std::pair<std::string, std::string>, const PairRecord*> by_stem_;  // of certificate and stem
  std::set<std::string> needed_, linked_, left_hosts_;
  FolderPlan plan_;
};

// ---- conditions

class Teller {
 public:
  Teller(const std::string& certificate, const CertificateSight& sight, WallTime now)
      : certificate_(certificate), sight_(sight), now_(now) {}

  std::vector<Condition> all() const { return {accepted(), decryptable(), materialised(), valid(), referenced()}; }

 private:
  Condition say(std::string_view type, Status status, std::string reason, std::string message = {}) const {
    return {std::string(type), status, std::move(reason), std::move(message), sight_.judged->generation, {}};
  }
  Condition of(std::string_view type, const std::optional<Error>& error) const {
    return error ? say(type, Status::no, error->reason, error->text()) : say(type, Status::yes, std::string(type));
  }

  Condition accepted() const { return of("Accepted", sight_.judged->not_accepted); }
  Condition decryptable() const { return of("Decryptable", sight_.judged->not_decryptable); }

  Condition materialised() const {
    constexpr auto kType = "Materialised";
    const auto& judged = *sight_.judged;
    if (sight_.trouble) return say(kType, Status::no, sight_.trouble->reason, sight_.trouble->text());
    const auto* const held = sight_.on_disk;
    if (held != nullptr && held->generation == judged.generation) {
      return say(kType, Status::yes, kType, fmt::format("{0}.crt and {0}.key", held->stem()));
    }
    if (sight_.suspended) return say(kType, Status::no, "Suspended", "left alone for hand work, until it is resumed");
    if (judged.sound()) return say(kType, Status::unknown, "Pending", "its files are about to be written");
    const auto& why = judged.not_accepted ? *judged.not_accepted : *judged.not_decryptable;
    return say(kType, Status::no, why.reason, held == nullptr ? "no file is written of it" : "its last form stays on disk");
  }

  Condition valid() const {
    constexpr auto kType = "Valid";
    const auto& facts = sight_.judged->facts;
    if (facts.fingerprint.empty()) return say(kType, Status::unknown, "NotAccepted", "it is no certificate");
    if (now_ < facts.not_before)
      return say(kType, Status::no, "NotYetValid", "it is valid from " + to_rfc3339(facts.not_before));
    if (now_ > facts.not_after) return say(kType, Status::no, "Expired", "it has expired on " + to_rfc3339(facts.not_after));
    if (const auto missing = uncovered(); !missing.empty()) {
      return say(kType, Status::no, "NameNotCovered",
                 fmt::format("it is for {}, not for {} of host/{}", fmt::join(facts.names, ", "), fmt::join(missing, ", "),
                             sight_.judged->host));
    }
    return say(kType, Status::yes, kType, fmt::format("until {}", to_rfc3339(facts.not_after)));
  }

  std::vector<std::string> uncovered() const {
    std::vector<std::string> out;
    if (sight_.host == nullptr) return out;
    std::ranges::copy_if(sight_.host->names, std::back_inserter(out),
                         [&](const auto& name) { return !covers(sight_.judged->facts.names, name); });
    return out;
  }

  Condition referenced() const {
    constexpr auto kType = "Referenced";
    const auto& host = sight_.judged->host;
    const auto no = [&](const char* reason, const std::string& message) { return say(kType, Status::no, reason, message); };
    if (sight_.host == nullptr) return no("HostNotFound", fmt::format("there is no host/{}: nothing shows it", host));
    const auto& spec = sight_.host->host->spec;
    if (spec.tls.mode != TlsMode::manual) {
      return no("HostNotManual", fmt::format("host/{} has tls.mode {}: it does not show it", host, enum_text(spec.tls.mode)));
    }
    if (!sight_.host->served()) return no("HostNotServed", fmt::format("host/{} is not served: nothing shows it", host));
    if (sight_.serving != certificate_)
      return no("AnotherCertificate", fmt::format("host/{} shows certificate/{}", host, sight_.serving));
    return say(kType, Status::yes, kType, "host/" + host + " shows it");
  }

  const std::string& certificate_;
  const CertificateSight& sight_;
  WallTime now_;
};

}  // namespace

std::string json_text(std::string_view text) { return boost::json::serialize(boost::json::string(text)); }

std::vector<Flaw> flaws_of(const FolderState& state) {
  std::vector<Flaw> out;
  const auto add = [&](std::optional<Flaw> flaw) {
    if (flaw) out.push_back(std::move(*flaw));
  };
  for (const auto& record : state.records) {
    for (const auto* const ending : kEndings) add(flaw_of(state, record, ending));
  }
  for (const auto& [host, certificate] : state.serving) {
    for (const auto* const ending : kEndings) add(flaw_of_link(state, host, certificate, ending));
  }
  return out;
}

FolderPlan plan(const FolderState& state, const std::vector<Flaw>& flaws, const std::set<std::string>& left) {
  return Planner(state, flaws, left).made();
}

std::vector<Condition> conditions_of(const std::string& certificate, const CertificateSight& sight, WallTime now) {
  return Teller(certificate, sight, now).all();
}

}  // namespace argos
