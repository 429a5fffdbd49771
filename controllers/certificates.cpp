// SPDX-License-Identifier: Apache-2.0
#include "controllers/certificates.hpp"

#include <algorithm>
#include <utility>

#include <spdlog/fmt/fmt.h>

#include "controllers/certificate_pairs.hpp"
#include "controllers/certificate_records.hpp"
#include "model/caddy_claims.hpp"
#include "runtime/revisions.hpp"
#include "runtime/snapshot.hpp"
#include "runtime/suspensions.hpp"

namespace argos {

Certificates::Certificates(Store& store, Conditions& conditions, HttpClient& http, Workers& workers, const Clock& clock,
                           const KeyRing& ring, Options options)
    : store_(store),
      conditions_(conditions),
      workers_(workers),
      clock_(clock),
      ring_(ring),
      options_(std::move(options)),
      admin_(http, options_.caddy_admin),
      findings_(store, clock, "certificates") {}

Task<Result<Next>> Certificates::reconcile(const Key&) {
  state_ = {};
  flaws_.clear();
  broken_.clear();
  plan_ = {};
  trouble_.clear();
  tally_ = {};
  const auto outcome = co_await pass();
  say(outcome);
  if (!outcome) co_return outcome.error();
  if (tally_.did_anything() || !plan_.forget.empty()) co_return Next::in({});  // links to it, and what is unneeded now
  if (!plan_.held.empty()) co_return Next::in(kHeldAgain);
  if (!unneeded_.empty()) co_return Next::in(kUnneededFor);
  co_return Next::on_change();
}

Task<Result<>> Certificates::pass() {
  if (auto taken = co_await take_in(); !taken) co_return taken;
  if (auto looked = co_await look(); !looked) {
    for (const auto& [name, judged] : judged_) trouble_.emplace(name, looked.error());
    co_return judged_.empty() ? Result<>{} : looked;
  }
  flaws_ = flaws_of(state_);
  for (const auto& flaw : flaws_) {
    if (flaw.what != Flaw::What::access) broken_.emplace(own_name(flaw.file).stem, &flaw);
  }
  const auto left = left_alone();
  plan_ = plan(state_, flaws_, left);
  if (!plan_.forget.empty() || !failed_.empty()) {
    co_await look_at_what_caddy_keeps();
    plan_ = plan(state_, flaws_, left);
  }
  count_mended();
  const auto outcome = co_await put_right();
  const auto noted = co_await take_in();  // what was written down meanwhile
  co_return outcome ? noted : outcome;
}

// ---- the rows

Task<Result<>> Certificates::take_in() {
  const auto now = feed_place(store_);
  if (!now) co_return now.error();
  if (*now == world_.place) co_return Result<>{};
  World world;
  Rows fresh;
  const auto read = store_.read([&](Database& database) { return read_world(database, world, fresh); });
  if (!read) co_return read;
  auto judge = [&ring = ring_](const Row& row) {
    return std::pair(std::string(row.at("name").as_string()), make_pair(row, ring).judged);
  };
  auto judged = co_await workers_.map(std::move(fresh), std::move(judge));
  for (auto& [name, one] : judged) judged_.insert_or_assign(std::move(name), std::move(one));
  world_ = std::move(world);
  co_return Result<>{};
}

Result<> Certificates::read_world(Database& database, World& now, Rows& fresh) {
  auto snapshot = take_snapshot(store_, database);
  if (!snapshot) return snapshot.error();
  now.place = std::move(snapshot->place);
  now.desired = std::move(snapshot->desired);
  if (now.place.epoch != world_.place.epoch) judged_.clear();
  auto records = read_records(database);
  if (!records) return records.error();
  now.records = std::move(*records);
  const auto suspensions = read_suspensions(database);
  if (!suspensions) return suspensions.error();
  for (const auto& [key, suspension] : *suspensions) {
    if (key.kind == Kind::certificate) now.suspended.insert(key.name);
  }
  const auto wish = database.number(fmt::format("SELECT seq FROM changes WHERE {} ORDER BY seq DESC LIMIT 1", kIsRevision));
  if (!wish) return wish.error();
  now.wish = *wish;
  return read_fresh(database, fresh);
}

// The rows that were not judged yet as they are; forgets those that are gone.
Result<> Certificates::read_fresh(Database& database, Rows& fresh) {
  const auto rows = database.query("SELECT name, generation FROM host_manual_certs");
  if (!rows) return rows.error();
  std::set<std::string> names, moved;
  for (const auto& row : *rows) {
    const auto name = std::string(row.at("name").as_string());
    const auto known = judged_.find(name);
    names.insert(name);
    if (known == judged_.end() || known->second.generation != static_cast<std::uint64_t>(row.at("generation").as_int64()))
      moved.insert(name);
  }
  std::erase_if(judged_, [&](const auto& one) { return !names.contains(one.first); });
  auto read = read_certificate_rows(database, moved);
  if (!read) return read.error();
  fresh = std::move(*read);
  return {};
}

// ---- the folder

Task<Result<>> Certificates::look() {
  struct Seen {
    std::shared_ptr<const Folder> folder;
    FileOwner owner;
    std::vector<Folder::Entry> entries;
  };
  const bool make = std::ranges::any_of(judged_, [](const auto& one) { return one.second.sound(); });
  auto job = [path = options_.folder, make]() -> Result<Seen> {
    auto folder = open_certificates(path, make);
    if (!folder) return folder.error();
    const auto owner = owner_in(*folder);
    if (!owner) return owner.error();
    auto entries = folder->list();
    if (!entries) return entries.error();
    return Seen{std::make_shared<const Folder>(std::move(*folder)), *owner, std::move(*entries)};
  };
  auto seen = co_await workers_.run(std::move(job));
  const bool nothing_there = !seen && seen.error().reason == "NotFound" && !make;
  if (!seen && !nothing_there) co_return seen.error();
  if (seen) {
    state_.owner = seen->owner;
    auto held = [folder = seen->folder](const Folder::Entry& entry) { return held_file(*folder, entry); };
    for (auto& file : co_await workers_.map(std::move(seen->entries), std::move(held))) {
      state_.files.emplace(file.entry.name, std::move(file));
    }
  }
  state_.judged = judged_;
  state_.records = world_.records;
  state_.suspended = world_.suspended;
  for (const auto& [host, certificate] : certificates_by_host(world_.desired->certificates)) {
    state_.serving.emplace(host, certificate->meta.name);
  }
  co_return Result<>{};
}

// Where Caddy cannot be asked, it may well go on serving.
Task<void> Certificates::look_at_what_caddy_keeps() {
  const auto running = co_await admin_.read();
  const auto named = running ? pairs_named_in(running->body) : std::set<std::string>();
  for (const auto& [stem, flaw] : broken_) {
    if (!running || named.contains(stem)) state_.kept_by_caddy.insert(stem);
  }
}

// Files that settings.drift.certificates leaves as they are. Caddy reads all of them at each change, so they are put right with the next
// wish. What is not there at all is written in any case.
std::set<std::string> Certificates::left_alone() {
  std::map<std::string, std::int64_t> reported;
  const bool heal = world_.desired->settings.spec.drift.certificates == OnDrift::heal;
  for (const auto& flaw : flaws_) {
    if (heal || flaw.what == Flaw::What::missing) continue;
    const auto before = reported_.find(flaw.file);
    if (before == reported_.end() || before->second == world_.wish) reported[flaw.file] = world_.wish;
  }
  reported_ = std::move(reported);
  std::set<std::string> out;
  for (const auto& [file, wish] : reported_) out.insert(file);
  std::erase_if(mended_, [&](const auto& one) { return clock_.now() - one.second.since > kMendedAgain; });
  for (const auto& [file, mended] : mended_) {
    if (mended.times >= kMostMended) out.insert(file);
  }
  return out;
}

void Certificates::count_mended() {
  for (const auto& flaw : flaws_) {
    const auto action = plan_.flawed.find(flaw.file);
    const bool healed = action != plan_.flawed.end() && action->second == FindingAction::healed;
    if (healed && flaw.what != Flaw::What::missing) ++mended_.try_emplace(flaw.file, Mended{clock_.now()}).first->second.times;
  }
}

}  // namespace argos
