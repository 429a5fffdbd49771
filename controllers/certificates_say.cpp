// SPDX-License-Identifier: Apache-2.0
// What the certificates controller tells: conditions, findings, and one line at each boot.
#include <algorithm>
#include <map>

#include <spdlog/spdlog.h>

#include "controllers/certificates.hpp"
#include "model/caddy_claims.hpp"
#include "model/differences.hpp"

namespace argos {
namespace {

constexpr std::size_t kMostFindings = 20;

}  // namespace

void Certificates::say(const Result<>& outcome) {
  if (world_.place.seq < 0) return;  // nothing is known yet
  note_trouble();
  note_findings();
  say_conditions();
  log(outcome);
}

// Pairs that are not as they should be and cannot be put right, while Caddy has them in memory.
void Certificates::note_held() {
  for (const auto& record : plan_.held) {
    const auto& judged = judged_.at(record.certificate);
    const auto& why = judged.not_decryptable ? judged.not_decryptable : judged.not_accepted;
    const auto message = fmt::format("somebody else changed {}: it cannot be put right{}", flaw_in(record)->file,
                                     why ? ": " + why->message : "");
    trouble_.emplace(record.certificate, Error{"Changed", message, why ? why->hint : ""});
  }
  for (const auto& record : world_.records) {
    const auto trouble = trouble_.find(record.certificate);
    if (trouble != trouble_.end() && state_.kept_by_caddy.contains(record.stem()))
      trouble->second.message += "; until then Caddy shows it from memory, and takes no other configuration";
  }
}

// Pairs that are not as they should be, and are left so.
void Certificates::note_trouble() {
  note_held();
  std::set<std::string> lost;
  for (const auto& record : plan_.forget) lost.insert(record.stem());
  for (const auto& flaw : flaws_) {
    const auto name = own_name(flaw.file);
    const auto action = plan_.flawed.find(flaw.file);
    if (action == plan_.flawed.end() || action->second != FindingAction::reported || flaw.what == Flaw::What::access) continue;
    if (name.what != OwnName::What::pair || lost.contains(name.stem)) continue;
    const bool again = !reported_.contains(flaw.file);
    trouble_.emplace(
        flaw.certificate,
        Error{"Changed", fmt::format("somebody else changed {}{}: {}", flaw.file, again ? " again and again" : "", flaw.found),
              again ? "who writes in this folder?" : "settings.drift.certificates: heal puts it right"});
  }
}

void Certificates::note_findings() {
  std::vector<Finding> findings;
  for (const auto& flaw : flaws_) {
    Finding finding{"/" + pointer_segment(flaw.file), Key{Kind::certificate, flaw.certificate}, flaw.wanted, flaw.found};
    const auto action = plan_.flawed.find(flaw.file);
    const bool failed = trouble_.contains(flaw.certificate);
    finding.action = action == plan_.flawed.end() || (failed && action->second == FindingAction::healed)
                         ? FindingAction::reported
                         : action->second;
    findings.push_back(std::move(finding));
  }
  for (const auto& file : plan_.foreign) {
    findings.push_back(
        {"/" + pointer_segment(file), std::nullopt, "", json_text("not of argos' making"), FindingAction::reported});
  }
  if (findings.size() > kMostFindings) {
    const auto all = findings.size();
    findings.resize(kMostFindings - 1);
    findings.push_back({"", std::nullopt, json_text("as they were written"), json_text(fmt::format("{} files otherwise", all)),
                        findings.front().action});
  }
  findings_.note(findings, FindingAction::healed);
}

void Certificates::say_conditions() {
  std::map<std::string_view, const PairRecord*> newest;
  for (const auto& record : world_.records) newest[record.certificate] = &record;  // in the order of their generations
  const auto claims = settle_claims(*world_.desired);
  std::map<std::string_view, const Claim*> hosts;
  for (const auto& claim : claims) hosts.emplace(claim.host->meta.name, &claim);
  for (const auto& [name, judged] : judged_) {
    CertificateSight sight;
    sight.judged = &judged;
    sight.suspended = world_.suspended.contains(name);
    if (const auto host = hosts.find(judged.host); host != hosts.end()) sight.host = host->second;
    if (const auto record = newest.find(name); record != newest.end()) sight.on_disk = record->second;
    if (const auto serving = state_.serving.find(judged.host); serving != state_.serving.end()) sight.serving = serving->second;
    if (const auto trouble = trouble_.find(name); trouble != trouble_.end()) sight.trouble = trouble->second;
    conditions_.set_all({Kind::certificate, name}, conditions_of(name, sight, clock_.wall()));
  }
  std::erase_if(published_, [&](const std::string& name) {
    const bool gone = !judged_.contains(name);
    if (gone) conditions_.forget({Kind::certificate, name});
    return gone;
  });
  for (const auto& [name, judged] : judged_) published_.insert(name);
}

void Certificates::log(const Result<>& outcome) {
  const auto did = fmt::format("{} written, {} put right, {} removed", tally_.written, tally_.put_right, tally_.removed);
  if (std::exchange(told_, true)) {
    if (tally_.did_anything()) spdlog::info("certificates: files: {}", did);
    return;
  }
  std::map<std::string, int> without;
  for (const auto& [name, judged] : judged_) {
    const auto trouble = trouble_.find(name);
    if (judged.not_decryptable) {
      ++without[judged.not_decryptable->reason];
    } else if (judged.not_accepted) {
      ++without[judged.not_accepted->reason];
    } else if (trouble != trouble_.end()) {
      ++without[trouble->second.reason];
    }
  }
  std::string why;
  for (const auto& [reason, count] : without) why += fmt::format("; {} {}", count, reason);
  spdlog::info("manual cert reconcile: {} certificates, {} pairs on disk: {}, {} foreign{}{}", judged_.size(),
               world_.records.size(), did, plan_.foreign.size(), why, outcome ? "" : "; " + outcome.error().text());
}

}  // namespace argos
