// SPDX-License-Identifier: Apache-2.0
#include "controllers/caddy.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include "controllers/caddy_found.hpp"
#include "controllers/renewals.hpp"
#include "model/caddy_choice.hpp"
#include "model/caddy_claims.hpp"
#include "model/caddy_places.hpp"
#include "model/caddy_search.hpp"
#include "model/canonical_json.hpp"
#include "model/deep_json.hpp"
#include "runtime/feed_place.hpp"
#include "runtime/files.hpp"
#include "runtime/snapshot.hpp"
#include "runtime/suspensions.hpp"

namespace argos {
namespace {

constexpr std::size_t kManyHosts = 500;           // rendered on a worker
constexpr std::size_t kLargeBody = 256UL * 1024;  // parsed on a worker
constexpr Span kRefusedFirst = std::chrono::seconds(1);  // until a refused document is tried again, doubling
constexpr Span kRefusedAtMost = std::chrono::minutes(5);
constexpr Span kServesNobodyAtMost = std::chrono::seconds(10);
// While a certificate's files are being stored. CertMagic writes them one by one.
constexpr Span kStorageFirst = std::chrono::milliseconds(50);
constexpr Span kStorageAtMost = std::chrono::milliseconds(800);

constexpr Span kNotedAgain = std::chrono::milliseconds(100);  // until what could not be written down is tried again

// Before the first contact: what is not known is not denied.
constexpr CaddyAbilities kEverything{.stream_close_delay = true,
                                     .health_passes_and_fails = true,
                                     .health_method = true,
                                     .log_file_mode = true,
                                     .crowdsec = true,
                                     .appsec = true};

Result<std::set<Key>> suspended_objects(Database& database) {
  const auto all = read_suspensions(database);
  if (!all) return all.error();
  std::set<Key> out;
  for (const auto& [key, suspension] : *all) {
    if (key.kind != Kind::controller) out.insert(key);
  }
  return out;
}

Task<void> pause(Span span) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, span);
  co_await timer.async_wait(boost::asio::use_awaitable);
}

Wanted made(Wanted frame) {
  make_wanted(frame);
  return frame;
}

}  // namespace

Caddy::Caddy(Store& store, Conditions& conditions, Reports& reports, HttpClient& http, Workers& workers, const Clock& clock,
             Options options)
    : store_(store),
      conditions_(conditions),
      workers_(workers),
      clock_(clock),
      options_(std::move(options)),
      admin_(http, options_.admin, options_.patience),
      memory_(store),
      findings_(store, clock, "caddy"),
      process_findings_(store, clock, "caddy-process") {
  reports.offer("caddy", [this](const Key& key) { return explain(key); });
}

Task<Result<Next>> Caddy::reconcile(const Key&) {
  if (const auto rested = co_await breathe(); !rested) co_return rested.error();
  again_ = false;
  const auto outcome = co_await converge();
  const bool noted = memory_.write_down();
  let_go();
  if (!outcome) co_return outcome.error();
  if (again_) co_return Next::in({});
  if (!noted) co_return Next::in(kNotedAgain);
  co_return Next::on_change();
}

// Of what takes milliseconds to let go of, and would lie in memory else.
void Caddy::let_go() {
  former_.reset();
  if (wanted_) wanted_->trial.document = nullptr;
}

// A stream of changes gathers while the last load is digested. One that was lost took long for another reason, and the controller's
// backoff is enough.
Task<Result<>> Caddy::breathe() {
  const auto now = clock_.now();
  if (now < may_load_) co_await pause(may_load_ - now);
  co_return Result<>{};
}

Task<Result<>> Caddy::converge() {
  if (may_skip_looking()) {
    const auto done = co_await want_and_put_right();
    if (done || done.error().reason != "Contended") co_return done;
  }
  co_return co_await look_and_put_right();
}

// Something else is wanted, and Caddy refuses a document if what it runs is not what argos saw last.
bool Caddy::may_skip_looking() {
  if (!runs_what_is_wanted() || !abilities_ || !wanted_->suspended.empty()) return false;
  if (store_.told_up_to() == wanted_->version.seq) return false;  // a resync need not ask
  const auto now = feed_place(store_);
  return now && now->epoch == wanted_->version.epoch && now->seq != wanted_->version.seq;
}

Task<Result<>> Caddy::want_and_put_right() {
  if (auto rendered = co_await want(); !rendered) co_return rendered;
  co_return co_await put_right({});
}

Task<Result<>> Caddy::look_and_put_right() {
  auto running = co_await admin_.read();
  note_whether_it_answers(running);
  if (running && nothing_moved(*running)) co_return say({});
  Result<> learned;
  if (running.has_error()) {
    learned = running.error();
  } else {
    learned = co_await learn(*running);
  }
  if (!learned) lose_sight();
  if (auto rendered = co_await want(); !rendered) co_return rendered;
  if (!learned) co_return say(learned);
  if (auto taken = port_taken(wanted_->surroundings)) co_return say(*taken);
  co_return co_await put_right(std::move(running->body));
}

void Caddy::lose_sight() {
  found_.reset();
  abilities_.reset();
}

bool Caddy::nothing_moved(const CaddyAdmin::Running& running) {
  if (!runs_what_is_wanted() || !has_read_the_files() || found_->bytes_hash != sha256_hex(running.body)) return false;
  const auto now = feed_place(store_);
  return now && *now == wanted_->version;
}

bool Caddy::has_read_the_files() const { return memory_.files_read() == wanted_->trial.files_written; }

// What runs, and what this Caddy can do. A configuration that is not as argos left it may mean another Caddy: asked anew.
Task<Result<>> Caddy::learn(CaddyAdmin::Running& running) {
  const auto before = found_ ? found_->bytes_hash : std::string();
  if (auto looked = co_await look(running); !looked) co_return looked;
  if (found_->bytes_hash != before) abilities_.reset();
  if (abilities_) co_return Result<>{};
  auto abilities = co_await admin_.abilities();
  if (abilities.has_error()) co_return abilities.error();
  abilities_ = *abilities;
  co_return Result<>{};
}

Task<Result<>> Caddy::look(CaddyAdmin::Running running) {
  auto bytes_hash = sha256_hex(running.body);
  if (found_) found_->etag = running.etag;
  if (found_ && found_->bytes_hash == bytes_hash) co_return Result<>{};
  const bool large = running.body.size() > kLargeBody;
  auto job = [body = std::move(running.body), bytes_hash = std::move(bytes_hash)] { return understand(body, bytes_hash); };
  Result<Found> found;
  if (large) {
    found = co_await workers_.run(std::move(job));
  } else {
    found = job();
  }
  if (found.has_error()) co_return found.error();
  found_ = std::move(*found);
  found_->etag = std::move(running.etag);
  co_return Result<>{};
}

Result<Caddy::Found> Caddy::understand(const std::string& body, const std::string& bytes_hash) {
  auto document = parse_deep(body);
  if (!document || !(document->is_object() || document->is_null())) {
    return Error{"NotCaddy", "what answers at Caddy's admin endpoint is not a configuration", "is ARGOS_CADDY_ADMIN right?",
                 Retry::backoff};
  }
  auto hash = sha256_hex(canonical_json(*document));
  return Found{bytes_hash, std::move(hash), std::move(*document), {}};
}

// Renders, unless nothing that goes into it has moved. Of a Caddy that cannot be seen the last that is known holds.
Task<Result<>> Caddy::want() {
  const auto now = feed_place(store_);
  if (!now) co_return now.error();
  if (auto recalled = memory_.recall(now->epoch, found_ ? found_->hash : ""); !recalled) co_return recalled;

  Wanted frame;
  frame.abilities = abilities_ ? *abilities_ : wanted_ ? wanted_->abilities : kEverything;
  frame.surroundings = options_.surroundings;
  frame.surroundings.admin =
      !found_ && wanted_ ? wanted_->surroundings.admin : admin_block(found_ ? found_->document : nullptr, options_.admin);
  const bool moved_by_hand = wanted_ && !wanted_->suspended.empty() && found_ && wanted_->running != found_->document;
  const auto read = store_.read([&](Database& database) -> Result<> {
    auto snapshot = take_snapshot(store_, database);
    if (!snapshot) return snapshot.error();
    frame.version = std::move(snapshot->place);
    auto renewals = renewal_windows(database);
    if (!renewals) return renewals.error();
    frame.surroundings.renewals = std::move(*renewals);
    const bool same = wanted_ && wanted_->version == frame.version && wanted_->abilities == frame.abilities &&
                      wanted_->surroundings == frame.surroundings && !moved_by_hand;
    if (same) return {};
    frame.desired = std::move(snapshot->desired);
    auto suspended = suspended_objects(database);
    if (!suspended) return suspended.error();
    frame.suspended = std::move(*suspended);
    return {};
  });
  if (!read) co_return read;
  if (!frame.desired) co_return Result<>{};
  frame.accepted = memory_.accepted();
  frame.refused = memory_.refused();
  if (found_ && !(frame.suspended.empty() && frame.refused.empty())) frame.running = found_->document;

  const bool many = frame.desired->hosts.size() > kManyHosts;
  auto job = [frame = std::move(frame)]() mutable { return made(std::move(frame)); };
  std::optional<Wanted> next;
  if (many) {
    next = co_await workers_.run(std::move(job));
  } else {
    next = job();
  }
  former_ = std::exchange(wanted_, std::move(next));
  co_return Result<>{};
}

Task<Result<>> Caddy::put_right(std::string body) {
  drifted_.reset();
  const bool runs = runs_what_is_wanted();
  if (runs && has_read_the_files()) {
    refusal_.reset();
    co_return say({});
  }
  if (const auto* const error = still_refused()) co_return say(*error);
  auto whose = Whose::argos;
  if (!runs) whose = co_await whose_is_found();
  if (whose == Whose::somebody && is_to_be_left()) co_return report_drift();
  if (whose != Whose::argos) {
    if (auto replaced = co_await replace_found(whose, std::move(body)); !replaced) co_return replaced;
  }
  publish(Error{"Pending", "Caddy is being told", "", Retry::backoff});
  spdlog::info("caddy: writing {} objects ({} bytes)", wanted_->verdicts.size(), wanted_->trial.body.size());
  auto loaded = co_await load(wanted_->trial, runs);
  if (!loaded && loaded.error().reason == "RejectedByCaddy") loaded = co_await isolate(loaded.error().message);
  note_refusal(loaded);
  if (whose == Whose::somebody && (loaded || loaded.error().reason == "Contended")) contention_.replaced(clock_.now());
  if (loaded) forget_refusals_of_another_caddy();
  co_return say(loaded);
}

// What is reported comes back as it was with a Caddy that resumes; it is still somebody's.
Task<Whose> Caddy::whose_is_found() {
  if (memory_.left(found_->hash)) co_return Whose::argos;
  if (memory_.reported() == found_->hash) co_return Whose::somebody;
  const auto as_started = co_await admin_.runs_as_started();
  co_return as_started.value_or(is_blank(found_->document)) ? Whose::start : Whose::somebody;
}

// By the policy, unless argos itself has something new to say, or nothing is served at all.
bool Caddy::is_to_be_left() const {
  const bool ran_before = memory_.ran() == wanted_->trial.form.hash;
  return ran_before && !is_blank(found_->document) && wanted_->desired->settings.spec.drift.caddy == OnDrift::report;
}

// What argos did not write is kept as a file before it goes, and whatever goes is noted.
Task<Result<>> Caddy::replace_found(Whose whose, std::string body) {
  if (whose == Whose::somebody && !contention_.may_write(clock_.now())) {
    co_return say(Error{
        "Contended",
        fmt::format("somebody else has replaced Caddy's configuration {} times in a row: argos waits before it does so again",
                    contention_.times()),
        "does another manager use this Caddy? one of them must go"});
  }
  if (!is_blank(found_->document) && !memory_.is_own(found_->hash)) {
    auto job = [folder = options_.found_folder, when = clock_.wall(), body = std::move(body)] {
      return keep_found(folder, when, body);
    };
    const auto kept = co_await workers_.run(std::move(job));
    if (!kept) co_return say(kept.error());
    spdlog::warn("caddy: Caddy ran a configuration that argos did not write; {}",
                 kept->empty() ? "it is the same as one that was saved before" : "saved as " + *kept);
  }
  const bool first_contact = memory_.own().empty();
  if (whose == Whose::start && !first_contact) another_caddy_ = true;
  if (whose == Whose::somebody || !first_contact) note_findings(FindingAction::healed, whose);
  co_return Result<>{};
}

// What is tried is written down before, in case argos is killed after it. Another writer's lock is waited for, but not for ever: visitors
// wait too.
Task<void> Caddy::note_first(const Trial& trial) {
  constexpr int kTries = 25;
  memory_.about_to_write(trial.form.hash, found_->hash, trial.forms);
  for (int tried = 0; tried < kTries && !memory_.write_down(); ++tried) co_await pause(std::chrono::milliseconds(20));
}

// Has Caddy run it, and looks. RejectedByCaddy: what ran before runs on. Any other error: it is not known, or somebody else came
// first.
Task<Result<>> Caddy::load(const Trial& trial, bool anew) {
  if (found_->hash == trial.form.hash && !anew) co_return Result<>{};
  co_await note_first(trial);
  std::erase_if(forms_, [&](const Form& form) { return !memory_.is_own(form.hash) || form.hash == trial.form.hash; });
  forms_.push_back(trial.form);
  auto loaded = co_await load_once(trial, anew);
  auto wait = kStorageFirst;
  for (; !loaded && may_pass(loaded.error()) && wait <= kStorageAtMost; wait *= 2) {
    co_await pause(wait);
    loaded = co_await load_once(trial, anew);
  }
  co_return loaded;
}

Task<Result<>> Caddy::load_once(const Trial& trial, bool anew) {
  const auto begun = clock_.now();
  auto outcome = co_await admin_.replace(trial.body, found_->etag, anew);
  if (outcome || !is_lost(outcome.error())) may_load_ = clock_.now() + (clock_.now() - begun);
  auto looked = co_await look_after(std::move(outcome), trial.form.hash);
  if (looked) {
    memory_.has_read(trial.files_written);
    memory_.runs(trial.form.hash, trial.forms);
  }
  co_return looked;
}

// What came of a write is what Caddy runs now, whatever its answer was.
Task<Result<>> Caddy::look_after(Result<> outcome, const std::string& wanted) {
  const auto before = found_->hash;
  auto running = co_await admin_.read();
  Result<> looked;
  if (running.has_error()) {
    looked = running.error();
  } else {
    looked = co_await look(std::move(*running));
  }
  if (!looked) {
    lose_sight();
    co_return looked;
  }
  const bool ran_before = before == wanted;
  if (found_->hash == wanted && (outcome || !ran_before)) co_return Result<>{};
  if (outcome || found_->hash != before) {
    co_return Error{"Contended", "somebody else changed Caddy's configuration at the same time",
                    "does another manager use this Caddy?", Retry::backoff};
  }
  co_return outcome;
}

// Caddy refuses what is wanted: finds what it refuses, and has it run all the rest.
Task<Result<>> Caddy::isolate(std::string words) {
  wanted_->running = found_->document;
  wanted_->accepted = memory_.accepted();
  auto hint = hint_of(words, *wanted_->trial.forms, document_of(wanted_->trial));
  auto done = co_await find_offenders(hint);
  const bool nobody_is_to_blame = !done && done.error().reason == "CaddyRefusesBaseline";
  if (nobody_is_to_blame && doubt_accepted(hint)) done = co_await find_offenders(hint);
  co_return done;
}

// `hint`: on the document that Caddy refused last.
Task<Result<>> Caddy::find_offenders(CaddyHint& hint) {
  auto changed = changed_objects(*wanted_->desired, *wanted_->accepted);
  std::erase_if(changed, [&](const Key& key) { return wanted_->left_out.contains(key); });
  spdlog::warn("caddy: refused, looking for the cause among {} objects: {}", changed.size(), hint.words);
  CaddySearch search(changed, system_objects(*wanted_->desired));
  search.refused(hint);
  if (search.baseline_refused()) co_return refused_baseline(*search.baseline_refused());
  Trial trial;
  for (;;) {
    const auto taken = search.next();
    std::set<Key> left_out;
    std::ranges::set_difference(changed, taken, std::inserter(left_out, left_out.end()));
    trial = co_await try_without(std::move(left_out));
    if (drops_a_running_host(trial)) {
      co_return Error{"RejectedByCaddy", hint.words + " (nothing else can be tried without dropping hosts that run)"};
    }
    if (search.ended() && found_->hash == trial.form.hash) break;
    auto loaded = co_await load(trial, search.proves_baseline());
    if (loaded) {
      if (!search.ended()) search.accepted();
      continue;
    }
    if (loaded.error().reason != "RejectedByCaddy" || search.ended()) co_return loaded;
    hint = hint_of(loaded.error().message, *trial.forms, document_of(trial));
    search.refused(hint);
    if (search.baseline_refused()) co_return refused_baseline(*search.baseline_refused());
  }
  blame(search.offenders(), std::move(trial));
  co_return Result<>{};
}

// A new Caddy may lack a module that the former one had. Nothing is served and nobody can be dropped: where its words point at somebody,
// only what is wanted in another form than the accepted one has that to fall back on. Files that are gone come back, and blame nobody.
bool Caddy::doubt_accepted(const CaddyHint& hint) {
  const auto is_certificate = [](const Key& key) { return key.kind == Kind::certificate; };
  if (serves_somebody() || hint.suspects.empty() || std::ranges::any_of(hint.suspects, is_certificate)) return false;
  const auto changed = changed_objects(*wanted_->desired, *wanted_->accepted);
  const auto doubted = [&]<class Spec>(const Object<Spec>& object) {
    const Key key{Spec::kKind, object.meta.name};
    return !std::ranges::binary_search(changed, key) && !wanted_->left_out.contains(key);
  };
  auto forms = *wanted_->accepted;
  std::erase_if(forms.hosts, doubted);
  std::erase_if(forms.target_groups, doubted);
  wanted_->accepted = std::make_shared<const Desired>(std::move(forms));
  return true;
}

// By name: what a Caddy is started with may answer everybody that it has nothing for them yet.
bool Caddy::serves_somebody() const { return !names_in(found_->document).empty(); }

Task<Trial> Caddy::try_without(std::set<Key> left_out) {
  const bool many = wanted_->desired->hosts.size() > kManyHosts;
  if (!many) co_return make_trial(*wanted_, left_out);
  auto job = [wanted = *wanted_, left_out = std::move(left_out)] { return make_trial(wanted, left_out); };
  co_return co_await workers_.run(std::move(job));
}

// A search step must not take down what runs and is still wanted, also where too little is remembered of what was accepted.
bool Caddy::drops_a_running_host(const Trial& trial) const {
  const auto now = names_in(found_->document);
  if (now.empty()) return false;
  const auto document = document_of(trial);
  const auto then = names_in(document);
  const auto shown_now = names_held_to_pairs(found_->document), shown_then = names_held_to_pairs(document);
  for (const auto& claim : settle_claims(*wanted_->desired)) {
    const auto dropped = [&](const std::string& name) {
      const bool bared = claim.certificate != nullptr && shown_now.contains(name) && !shown_then.contains(name);
      return bared || (now.contains(name) && !then.contains(name));
    };
    if (std::ranges::any_of(claim.names, dropped)) return true;
  }
  return false;
}

void Caddy::blame(const std::map<Key, std::string>& offenders, Trial trial) {
  CaddyMemory::Refusals refused;
  for (const auto& [key, refusal] : memory_.refused()) {
    if (wanted_->left_out.contains(key)) refused.emplace(key, refusal);
  }
  for (const auto& [key, words] : offenders) {
    const auto verdict = wanted_->verdicts.find(key);
    refused[key] = {verdict == wanted_->verdicts.end() ? std::string() : verdict->second.piece, words};
    wanted_->left_out.insert(key);
    spdlog::warn("caddy: {} is left out: {}", to_string(key), words);
  }
  memory_.set_refused(refused);
  wanted_->refused = std::move(refused);
  wanted_->trial = std::move(trial);
}

// Nobody is to blame: not even what Caddy accepted before can be loaded.
Error Caddy::refused_baseline(const std::string& words) {
  return {"CaddyRefusesBaseline", "Caddy refuses even what it accepted before: " + words,
          "is a port held by another program, or a file gone?"};
}

// Until when the same is not tried again, should that be what came of it.
void Caddy::note_refusal(const Result<>& loaded) {
  if (loaded) return refusal_.reset();
  const auto& error = loaded.error();
  if (error.reason != "CaddyRefusesBaseline" && error.reason != "RejectedByCaddy") return;
  const bool again = refusal_ && refusal_->is_of(wanted_->trial, found_->hash);
  const Span most = serves_somebody() ? kRefusedAtMost : kServesNobodyAtMost;
  const Span wait = again ? std::min<Span>(refusal_->wait * 2, most) : kRefusedFirst;
  refusal_ = Refusal{wanted_->trial.form.hash, found_->hash, wanted_->trial.files_written, error, wait, clock_.now() + wait};
}

// Caddy ends its admin connections even when it refuses a document, which wakes this controller: without a memory it would post the
// same document for ever.
const Error* Caddy::still_refused() const {
  if (!refusal_ || !refusal_->is_of(wanted_->trial, found_->hash)) return nullptr;
  return clock_.now() < refusal_->again ? &refusal_->error : nullptr;
}

// A Caddy that was started anew may be another program, with modules that the former one lacked: once everything else is served, what
// was refused is tried again.
void Caddy::forget_refusals_of_another_caddy() {
  if (!std::exchange(another_caddy_, false) || memory_.refused().empty()) return;
  memory_.set_refused({});
  wanted_.reset();
  again_ = true;
}

}  // namespace argos
