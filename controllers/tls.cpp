// SPDX-License-Identifier: Apache-2.0
#include "controllers/tls.hpp"

#include <algorithm>
#include <set>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/json.hpp>
#include <spdlog/spdlog.h>

#include "runtime/rows.hpp"

namespace argos {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 3s;         // of one handshake
constexpr Span kMostInOnePass = 1s;    // then the rows are read anew
constexpr Span kReachAgain = 5s;
constexpr Span kAfterAReload = 1h;     // spread over this long: nothing is expected to have changed
constexpr Span kAmissAgain = 10s;      // at the most, for reloads that come one upon the other
constexpr Span kSoon = 250ms;
constexpr Span kVerdictIsOut = 1s;     // no condition moves where Caddy's verdict on a new form is the same as on the former
constexpr Span kNever = std::chrono::hours(24);

}  // namespace

TlsWatcher::TlsWatcher(Store& store, Conditions& conditions, Reports& reports, const Clock& clock, CaddyTold& told,
                       CaddySurroundings surroundings, std::string address)
    : store_(store),
      conditions_(conditions),
      clock_(clock),
      told_(told),
      surroundings_(std::move(surroundings)),
      probe_(std::move(address)) {
  reports.offer("tls", [this](const Key& key) { return report(key); });
}

Task<Result<Next>> TlsWatcher::reconcile(const Key&) {
  const auto began = clock_.wall();
  if (auto done = read(); !done) co_return done.error();
  take_news();
  look_at_renewals();
  publish();
  co_await look_at(due_now());
  if (auto done = read(); !done) co_return done.error();  // rows may have moved meanwhile
  if (auto done = renew(began); !done) co_return done.error();
  publish();
  co_return next();
}

// What is wanted, and which certificates of operators' own Caddy runs; unless nothing of it has moved.
Result<> TlsWatcher::read() {
  const auto done = store_.read([&](Database& database) -> Result<> {
    auto snapshot = take_snapshot(store_, database);
    if (!snapshot) return snapshot.error();
    if (snapshot->place == wanted_.place) return {};
    auto requests = open_requests(database, kRenew);
    if (!requests) return requests.error();
    if (auto read = read_brought(database); !read) return read;
    renewing_ = std::move(*requests);
    wanted_ = std::move(*snapshot);
    is_stale_ = true;
    return {};
  });
  if (!done) return done;
  if (auto running = running_fingerprints(); is_stale_ || running != running_) {
    running_ = std::move(running);
    watch(watched_tls(*wanted_.desired, surroundings_, running_));
    is_stale_ = false;
  }
  return {};
}

Result<> TlsWatcher::read_brought(Database& database) {
  const auto rows = database.query("SELECT name, generation FROM host_manual_certs");
  if (!rows) return rows.error();
  std::map<std::string, Brought> known;
  for (const auto& row : *rows) {
    const std::string name(row.at("name").as_string());
    auto& one = known[name] = std::exchange(brought_[name], {});
    const auto generation = static_cast<std::uint64_t>(row.at("generation").as_int64());
    if (one.generation == generation) continue;
    const auto pem = database.query("SELECT cert_pem FROM host_manual_certs WHERE name = ?", cells(name));
    if (!pem) return pem.error();
    const auto facts = facts_of(pem->front().at("cert_pem").as_string());
    one = {generation, facts ? facts->fingerprint : std::string()};
  }
  brought_ = std::move(known);
  return {};
}

std::map<std::string, std::string> TlsWatcher::running_fingerprints() const {
  std::map<std::string, std::string> out;
  for (const auto& [name, one] : brought_) {
    const auto* const programmed = conditions_.find({Kind::certificate, name}, "Programmed");
    const bool runs =
        programmed != nullptr && programmed->status == Status::yes && programmed->observed_generation == one.generation;
    if (runs) out.emplace(name, one.fingerprint);
  }
  return out;
}

void TlsWatcher::watch(std::vector<WatchedTls> hosts) {
  hosts_ = std::move(hosts);
  std::map<std::string, Watch, std::less<>> watches;
  for (const auto& host : hosts_) {
    for (const auto& what : host.names) {
      auto& watch = watches[what.name];
      if (const auto held = watches_.find(what.name); held != watches_.end()) watch = std::move(held->second);
      const bool is_another = watch.seen.generation != host.generation || watch.fingerprint != what.fingerprint;
      watch.fingerprint = what.fingerprint;
      if (is_another) watch.vain = 0;
      if (is_another) watch.due = std::min(watch.due, clock_.now());
    }
  }
  watches_ = std::move(watches);
  told_.troubles.keep_only([&](const std::string& name) { return watches_.contains(name); });
}

void TlsWatcher::look_soon(const std::string& name, Span within) {
  const auto held = watches_.find(name);
  if (held != watches_.end()) held->second.due = std::min(held->second.due, clock_.now() + within);
}

// What the wiring heard since the last pass.
void TlsWatcher::take_news() {
  for (const auto& name : std::exchange(told_.names, {})) look_soon(name, {});
  if (told_.last == heard_) return;
  heard_ = told_.last;
  reach_again_ = clock_.now();
  if (!watches_.empty()) look_soon(watches_.begin()->first, {});  // is anybody there?
  for (auto& [name, watch] : watches_) {
    const Span spread = kAfterAReload * static_cast<int>(std::hash<std::string>{}(name) % 100) / 100;
    const Span rest = std::max(kSoon, watch.looked + kAmissAgain - clock_.now());
    look_soon(name, watch.vain > 0 ? rest : spread);
  }
}

// What Caddy's controller says of the host's present form; none: nothing yet.
const Condition* TlsWatcher::verdict_on(const WatchedTls& host) const {
  const auto* const programmed = conditions_.find({Kind::host, host.host}, "Programmed");
  return programmed != nullptr && programmed->observed_generation == host.generation ? programmed : nullptr;
}

// Where it is not known what Caddy runs, a look may tell that it is not there.
bool TlsWatcher::may_look(const WatchedTls& host) const {
  const auto* const programmed = verdict_on(host);
  return programmed != nullptr && programmed->status != Status::no;
}

// What is being renewed is looked at again and again.
void TlsWatcher::look_at_renewals() {
  for (const auto& request : renewing_) {
    const auto* const host = host_of(request.object.name);
    if (host == nullptr) continue;
    for (const auto& what : host->names) look_soon(what.name, {});
  }
}

const WatchedTls* TlsWatcher::host_of(const std::string& name) const {
  const auto held = std::ranges::lower_bound(hosts_, name, {}, &WatchedTls::host);
  return held != hosts_.end() && held->host == name ? &*held : nullptr;
}

// ---- handshakes

// Where nobody answered, any one name tells whether somebody does again.
std::deque<TlsWatcher::Due> TlsWatcher::due_now() const {
  std::deque<Due> out;
  const auto now = clock_.now();
  if (unreachable_ && now < reach_again_) return out;
  for (const auto& host : hosts_) {
    if (!may_look(host)) continue;
    if (unreachable_) return {{host.names.front(), host.generation}};
    for (const auto& what : host.names) {
      if (watches_.at(what.name).due <= now) out.push_back({what, host.generation});
    }
  }
  return out;
}

Task<void> TlsWatcher::look_at(std::deque<Due> due) {
  using namespace boost::asio::experimental::awaitable_operators;
  if (due.empty()) co_return;
  const auto until = clock_.now() + kMostInOnePass;
  co_await (look_at_some(due, until) && look_at_some(due, until) && look_at_some(due, until) && look_at_some(due, until));
}

Task<void> TlsWatcher::look_at_some(std::deque<Due>& due, Time until) {
  while (!due.empty() && clock_.now() < until) {
    const auto one = std::move(due.front());
    due.pop_front();
    auto result = co_await probe_.look(one.what.asked, kPatience);
    if (result.has_error() && result.error().reason == "Unreachable") due.clear();
    note(one, std::move(result));
  }
}

void TlsWatcher::note(const Due& due, Result<ShownCertificate> result) {
  const bool is_away = result.has_error() && result.error().reason == "Unreachable";
  if (is_away) {
    unreachable_ = Error{"Unreachable", "what visitors are shown cannot be seen: nobody answers at " + result.error().message,
                         "is ARGOS_CADDY_TLS_ADDR where Caddy serves HTTPS?"};
    reach_again_ = clock_.now() + kReachAgain;
    return;
  }
  unreachable_.reset();
  auto& watch = watches_[due.what.name];
  watch.seen = {due.generation, clock_.wall(), {}, {}};
  watch.looked = clock_.now();
  if (result) {
    watch.seen.shown = std::move(*result);
  } else {
    watch.seen.failed = result.error();
  }
  const bool fine = judge(due.what, watch.seen).status == Status::yes;
  watch.due = clock_.now() + until_next_look(due.what, watch.seen, fine, watch.vain, clock_.wall());
  watch.vain = fine ? 0 : watch.vain + 1;
}

// ---- the verb

// Why it cannot be done; nothing where it can, or where it is too early to tell.
std::optional<RequestEnd> TlsWatcher::refusal(const VerbRequest& request) const {
  const auto no = [](const char* reason, std::string message) { return RequestEnd{false, reason, std::move(message)}; };
  const auto* const host = host_of(request.object.name);
  if (host == nullptr) return no("NotRenewable", "there is no such host that is served over TLS");
  const auto* const programmed = verdict_on(*host);
  const bool is_known = programmed != nullptr && programmed->status != Status::unknown && programmed->reason != "Pending";
  if (request.state == RequestState::running || !is_known) return std::nullopt;
  if (programmed->status == Status::no)
    return no("NotProgrammed", "Caddy does not run the host as it is wanted: " + programmed->message);
  if (unreachable_) return no("Unreachable", unreachable_->text());
  return std::nullopt;
}

bool TlsWatcher::all_seen(const WatchedTls& host, WallTime since) const {
  return std::ranges::all_of(host.names, [&](const WatchedName& what) { return watches_.at(what.name).seen.at >= since; });
}

// How a request goes on after the looks of a pass that began then: its end, or what is to be remembered of it now.
std::variant<std::monostate, RequestEnd, Renewal> TlsWatcher::step(const VerbRequest& request, WallTime began) const {
  if (auto refused = refusal(request)) return std::move(*refused);
  TlsSightings seen;
  const auto* const host = host_of(request.object.name);
  for (const auto& what : host->names) seen.emplace(what.name, watches_.at(what.name).seen);
  if (request.state == RequestState::running) {
    auto outcome = ended(renewal_from(request.progress), seen, told_.troubles, clock_.wall());
    if (outcome) return std::move(*outcome);
    return {};
  }
  if (!all_seen(*host, began)) return {};
  auto begun = begin_renewal(*host, seen, clock_.wall());
  if (begun) return std::move(*begun);
  return RequestEnd{false, "NotRenewable", "none of its certificates is one that Caddy gets"};
}

// What is written down is read back with the rows.
Result<> TlsWatcher::renew(WallTime began) {
  for (const auto& request : renewing_) {
    const auto next = step(request, began);
    if (std::holds_alternative<std::monostate>(next)) continue;
    const auto done = store_.write([&](Database& database) -> Result<> {
      if (const auto* const renewal = std::get_if<Renewal>(&next)) return take(database, request.id, to_json(*renewal));
      if (const auto* const end = std::get_if<RequestEnd>(&next)) return finish(database, request.id, *end, clock_.wall());
      return {};
    });
    if (!done) return done;
    if (const auto* const end = std::get_if<RequestEnd>(&next)) {
      spdlog::log(end->done ? spdlog::level::info : spdlog::level::warn, "tls: renew {}: {}: {}", to_string(request.object),
                  end->reason, end->message);
    }
  }
  return {};
}

// ---- what is told

const IssueTrouble* TlsWatcher::trouble_of(const WatchedName& what, const TlsSighting& seen) const {
  const auto* const trouble = told_.troubles.find(what.name);
  return trouble == nullptr && is_stopgap(what, seen) ? told_.troubles.find_overcome(what.name) : trouble;
}

Condition TlsWatcher::judge(const WatchedName& what, const TlsSighting& seen) const {
  return valid(what, seen, trouble_of(what, seen), clock_.wall());
}

// None: what was said before stands.
std::optional<Condition> TlsWatcher::condition_of(const WatchedTls& host) const {
  if (unreachable_ && may_look(host))
    return Condition{"Valid", Status::unknown, unreachable_->reason, unreachable_->text(), host.generation, {}};
  std::vector<NameVerdict> names;
  for (const auto& what : host.names) {
    const auto& seen = watches_.at(what.name).seen;
    if (seen.generation != host.generation) return std::nullopt;
    names.push_back({what.name, judge(what, seen), seen.shown ? seen.shown->leaf.not_after : WallTime{}});
  }
  return valid(host, names);
}

void TlsWatcher::publish() {
  std::set<std::string, std::less<>> published;
  for (const auto& host : hosts_) {
    const Key key{Kind::host, host.host};
    published.insert(host.host);
    const auto* const held = conditions_.find(key, "Valid");
    auto now = condition_of(host);
    if (!now && held == nullptr) now = Condition{"Valid", Status::unknown, "Pending", "not looked at yet", 0, {}};
    if (!now || (held != nullptr && says_the_same(*held, *now))) continue;
    conditions_.set(key, std::move(*now));
  }
  for (const auto& key : conditions_.keys(Kind::host)) {
    if (!published.contains(key.name)) conditions_.drop(key, "Valid");
  }
}

Next TlsWatcher::next() const {
  const auto now = clock_.now();
  auto soonest = now + (renewing_.empty() ? kNever : kSoon);
  for (const auto& host : hosts_) {
    if (verdict_on(host) == nullptr) soonest = std::min(soonest, now + kVerdictIsOut);
    if (!may_look(host)) continue;
    for (const auto& what : host.names) soonest = std::min(soonest, unreachable_ ? reach_again_ : watches_.at(what.name).due);
  }
  return hosts_.empty() ? Next::on_change() : Next::in(std::max<Span>(soonest - now, Span{}));
}

// Of one host; or of all, for the metrics.
boost::json::value TlsWatcher::report(const Key& key) const {
  boost::json::array out;
  for (const auto& host : hosts_) {
    if (key.kind != Kind::host || (!key.name.empty() && host.host != key.name)) continue;
    for (const auto& what : host.names) {
      const auto held = watches_.find(what.name);
      if (held == watches_.end() || held->second.seen.at == WallTime{}) continue;
      const auto& seen = held->second.seen;
      auto one = to_json(what, seen, trouble_of(what, seen), clock_.wall());
      if (key.name.empty()) {
        one["host"] = host.host;
        if (seen.shown) one["notAfterSeconds"] = std::chrono::system_clock::to_time_t(seen.shown->leaf.not_after);
      }
      out.push_back(std::move(one));
    }
  }
  return out;
}

}  // namespace argos
