// SPDX-License-Identifier: Apache-2.0
#include "controllers/caddy.hpp"

#include <algorithm>
#include <filesystem>

#include <spdlog/spdlog.h>

#include "model/canonical_json.hpp"
#include "runtime/files.hpp"
#include "runtime/rows.hpp"

namespace argos {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kManyHosts = 500;            // rendered on a worker
constexpr std::size_t kLargeBody = 256UL * 1024;  // parsed on a worker
constexpr std::size_t kDeepest = 512;             // Caddy nests deeper than Boost.JSON's 32
constexpr Span kRefusedFirst = std::chrono::seconds(1);  // until a refused document is tried again, doubling
constexpr Span kRefusedAtMost = std::chrono::minutes(5);
constexpr const char* kRemembered = "caddy.last_written";
constexpr const char* kFoundPrefix = "caddy-found-";

// Before the first contact: what is not known is not denied.
constexpr CaddyAbilities kEverything{
    .stream_close_delay = true, .health_passes_and_fails = true, .health_method = true, .log_file_mode = true};

std::string stamp(WallTime time) {
  const auto whole = std::chrono::system_clock::to_time_t(time);
  std::tm utc{};
  gmtime_r(&whole, &utc);
  return fmt::format("{:04}{:02}{:02}-{:02}{:02}{:02}", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
                     utc.tm_min, utc.tm_sec);
}

bool is_kept_already(const fs::path& folder, const std::string& body) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (!entry.path().filename().string().starts_with(kFoundPrefix) || entry.file_size(ignored) != body.size()) continue;
    const auto held = read_file(entry.path());
    if (held && *held == body) return true;
  }
  return false;
}

// The file's name, or nothing where the same contents lie there already. Blocks.
Result<std::string> keep(const fs::path& folder, const std::string& stamp, const std::string& body) {
  if (is_kept_already(folder, body)) return std::string();
  std::error_code ignored;
  auto path = folder / fmt::format("{}{}.json", kFoundPrefix, stamp);
  for (int next = 1; fs::exists(path, ignored); ++next) path = folder / fmt::format("{}{}-{}.json", kFoundPrefix, stamp, next);
  constexpr unsigned kPrivate = 0600;  // it may hold secrets
  if (auto written = write_atomically(path, body, kPrivate); !written) return written.error();
  return path.string();
}

}  // namespace

Task<Result<Next>> Caddy::reconcile(const Key&) {
  const auto outcome = co_await converge();
  if (!outcome) co_return outcome.error();
  co_return Next::on_change();
}

Task<Result<>> Caddy::converge() {
  auto running = co_await admin_.read();
  if (running && nothing_moved(*running)) co_return say({});
  Result<> learned;
  if (running.has_error()) {
    learned = running.error();
  } else {
    learned = co_await learn(*running);
  }
  if (!learned) {
    found_.reset();
    abilities_.reset();
  }
  if (auto rendered = co_await want(); !rendered) co_return rendered;
  if (!learned) co_return say(learned);
  if (auto taken = port_taken(wanted_->surroundings)) co_return say(*taken);
  co_return co_await put_right(std::move(*running));
}

bool Caddy::nothing_moved(const CaddyAdmin::Running& running) {
  if (!runs_what_is_wanted() || found_->bytes_hash != sha256_hex(running.body)) return false;
  const auto now = version();
  return now && *now == wanted_->version;
}

// What runs, and what this Caddy can do. A configuration that is not as argos left it may mean another Caddy: asked anew.
Task<Result<>> Caddy::learn(const CaddyAdmin::Running& running) {
  const auto before = found_ ? found_->bytes_hash : std::string();
  if (auto looked = co_await look(running.body); !looked) co_return looked;
  if (found_->bytes_hash != before) abilities_.reset();
  if (abilities_) co_return Result<>{};
  auto abilities = co_await admin_.abilities();
  if (abilities.has_error()) co_return abilities.error();
  abilities_ = *abilities;
  co_return Result<>{};
}

Task<Result<>> Caddy::look(std::string body) {
  auto bytes_hash = sha256_hex(body);
  if (found_ && found_->bytes_hash == bytes_hash) co_return Result<>{};
  const bool large = body.size() > kLargeBody;
  auto job = [body = std::move(body), bytes_hash = std::move(bytes_hash)] { return understand(body, bytes_hash); };
  Result<Found> found;
  if (large) {
    found = co_await workers_.run(std::move(job));
  } else {
    found = job();
  }
  if (found.has_error()) co_return found.error();
  found_ = std::move(*found);
  co_return Result<>{};
}

Result<Caddy::Found> Caddy::understand(const std::string& body, const std::string& bytes_hash) {
  boost::json::parse_options deep;
  deep.max_depth = kDeepest;
  boost::system::error_code bad;
  auto document = boost::json::parse(body, bad, {}, deep);
  if (bad || !(document.is_object() || document.is_null())) {
    return Error{"NotCaddy", "what answers at Caddy's admin endpoint is not a configuration", "is ARGOS_CADDY_ADMIN right?",
                 Retry::backoff};
  }
  auto hash = sha256_hex(canonical_json(document));
  return Found{bytes_hash, std::move(hash), std::move(document)};
}

Result<Caddy::Version> Caddy::version_of(Database& database) {
  const auto rows =
      database.query("SELECT (SELECT value FROM meta WHERE key = 'epoch') AS epoch, coalesce(max(seq), 0) AS seq FROM changes");
  if (!rows) return rows.error();
  const auto& row = rows->front();
  return Version{row.at("epoch").is_string() ? std::string(row.at("epoch").as_string()) : std::string(),
                 row.at("seq").as_int64()};
}

Result<Caddy::Version> Caddy::version() {
  Version out;
  const auto read = store_.read([&](Database& database) -> Result<> {
    auto found = version_of(database);
    if (!found) return found.error();
    out = std::move(*found);
    return {};
  });
  if (!read) return read.error();
  return out;
}

// Renders, unless nothing that goes into it has moved. Of a Caddy that cannot be seen the last that is known holds.
Task<Result<>> Caddy::want() {
  Wanted frame;
  frame.abilities = abilities_ ? *abilities_ : wanted_ ? wanted_->abilities : kEverything;
  frame.surroundings = options_.surroundings;
  frame.surroundings.admin =
      !found_ && wanted_ ? wanted_->surroundings.admin : admin_block(found_ ? found_->document : nullptr, options_.admin);

  std::optional<Desired> desired;
  const auto read = store_.read([&](Database& database) -> Result<> {
    auto now = version_of(database);
    if (!now) return now.error();
    frame.version = std::move(*now);
    if (wanted_ && wanted_->version == frame.version && wanted_->abilities == frame.abilities &&
        wanted_->surroundings == frame.surroundings) {
      return {};
    }
    auto rows = read_desired(database);
    if (!rows) return rows.error();
    desired = std::move(*rows);
    return {};
  });
  if (!read) co_return read;
  if (!desired) co_return Result<>{};

  const bool many = desired->hosts.size() > kManyHosts;
  auto job = [desired = std::move(*desired), frame = std::move(frame)] { return make(desired, frame); };
  if (many) {
    wanted_ = co_await workers_.run(std::move(job));
  } else {
    wanted_ = job();
  }
  co_return Result<>{};
}

Caddy::Wanted Caddy::make(const Desired& desired, Wanted frame) {
  auto rendered = render(desired, frame.abilities, frame.surroundings);
  frame.body = boost::json::serialize(rendered.document);
  frame.form.hash = sha256_hex(canonical_json(rendered.document));
  for (const auto& [key, verdict] : rendered.verdicts) frame.form.pieces[key] = verdict.piece;
  frame.verdicts = std::move(rendered.verdicts);
  return frame;
}

Task<Result<>> Caddy::put_right(CaddyAdmin::Running running) {
  if (auto recalled = recall(); !recalled) co_return recalled;
  const auto remedy = decide(found_->document, found_->hash, wanted_->form.hash, *own_hashes_);
  if (remedy == Remedy::nothing) co_return say({});
  if (const auto* const error = still_refused()) co_return say(*error);
  if (remedy == Remedy::save_and_write) {
    if (auto saved = co_await save_found(std::move(running.body)); !saved) co_return say(saved);
  }
  remember();
  publish(Error{"Pending", "Caddy is being told", "", Retry::backoff});
  spdlog::info("caddy: writing {} objects ({} bytes)", wanted_->verdicts.size(), wanted_->body.size());
  auto outcome = co_await admin_.replace(wanted_->body, std::move(running.etag));
  co_return co_await read_back(std::move(outcome));
}

// What came of a write is what Caddy runs now, whatever its answer was.
Task<Result<>> Caddy::read_back(Result<> outcome) {
  const auto before = found_->hash;
  auto running = co_await admin_.read();
  Result<> looked;
  if (running.has_error()) {
    looked = running.error();
  } else {
    looked = co_await look(std::move(running->body));
  }
  if (!looked) {
    found_.reset();
    abilities_.reset();
    co_return say(looked);
  }
  if (runs_what_is_wanted()) co_return say({});
  if (outcome || found_->hash != before) {
    co_return say(Error{"Contended", "somebody else changed Caddy's configuration at the same time",
                        "does another manager use this Caddy?", Retry::backoff});
  }
  if (outcome.error().reason == "RejectedByCaddy") note_refusal(outcome.error());
  co_return say(outcome);
}

// Caddy ends its admin connections even when it refuses a document, which wakes this controller: without a memory it would post the
// same document for ever.
const Error* Caddy::still_refused() const {
  if (!refusal_ || refusal_->wanted != wanted_->form.hash || refusal_->found != found_->hash) return nullptr;
  return clock_.now() < refusal_->again ? &refusal_->error : nullptr;
}

void Caddy::note_refusal(const Error& error) {
  const bool again = refusal_ && refusal_->wanted == wanted_->form.hash && refusal_->found == found_->hash;
  const Span wait = again ? std::min<Span>(refusal_->wait * 2, kRefusedAtMost) : kRefusedFirst;
  refusal_ = Refusal{wanted_->form.hash, found_->hash, error, wait, clock_.now() + wait};
}

Task<Result<>> Caddy::save_found(std::string body) {
  auto job = [folder = options_.found_folder, when = stamp(clock_.wall()), body = std::move(body)] {
    return keep(folder, when, body);
  };
  const auto kept = co_await workers_.run(std::move(job));
  if (!kept) co_return kept.error();
  spdlog::warn("caddy: Caddy ran a configuration that argos did not write; {}",
               kept->empty() ? "it is the same as one that was saved before" : "saved as " + *kept);
  co_return Result<>{};
}

Result<> Caddy::recall() {
  if (own_hashes_) return {};
  std::vector<std::string> hashes;
  const auto read = store_.read([&](Database& database) -> Result<> {
    const auto rows = database.query("SELECT value FROM remembered WHERE key = ?", cells(kRemembered));
    if (!rows) return rows.error();
    boost::system::error_code bad;
    const auto json = rows->empty() ? boost::json::value() : boost::json::parse(rows->front().at("value").as_string(), bad);
    if (bad || !json.is_array()) return {};
    for (const auto& hash : json.get_array()) {
      if (hash.is_string()) hashes.emplace_back(hash.get_string());
    }
    return {};
  });
  if (!read) return read;
  own_hashes_ = std::move(hashes);
  return {};
}

// Before the write, since argos may be killed after it: the form that runs, if it is one of its own, and the one to be written.
// That it cannot be remembered is no reason to leave Caddy as it is; at worst argos' own configuration is saved as a found one.
void Caddy::remember() {
  const auto is_running = [&](const std::string& hash) { return hash == found_->hash; };
  std::erase_if(*own_hashes_, [&](const std::string& hash) { return !is_running(hash); });
  own_hashes_->push_back(wanted_->form.hash);
  std::erase_if(forms_, [&](const Form& form) { return !is_running(form.hash); });
  forms_.push_back(wanted_->form);

  boost::json::array hashes(own_hashes_->begin(), own_hashes_->end());
  const auto written = store_.write([&](Database& database) -> Result<> {
    return database.run(
        "INSERT INTO remembered (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        cells(kRemembered, boost::json::serialize(hashes)));
  });
  if (!written) spdlog::warn("caddy: cannot remember what is written: {}", written.error().text());
}

Sight Caddy::sight() const {
  if (!found_) return {.blind = true};
  if (runs_what_is_wanted()) return {.running = &wanted_->form};
  const auto form = std::ranges::find(forms_, found_->hash, &Form::hash);
  return {.running = form == forms_.end() ? nullptr : &*form};
}

// Says on every object what came of the pass, and passes it on.
Result<> Caddy::say(Result<> outcome) {
  if (outcome && std::ranges::find(forms_, wanted_->form.hash, &Form::hash) == forms_.end()) {
    forms_.push_back(wanted_->form);
    if (own_hashes_) own_hashes_->push_back(wanted_->form.hash);  // it runs already, whoever wrote it
  }
  publish(outcome ? Error{} : outcome.error());
  return outcome;
}

void Caddy::publish(const Error& trouble) {
  const auto state = fmt::format("{}/{}/{}/{}/{}", wanted_->version.epoch, wanted_->version.seq, wanted_->form.hash,
                                 found_ ? found_->hash : "", trouble.reason + trouble.message);
  if (state == published_state_) return;
  published_state_ = state;

  const auto seen = sight();
  for (const auto& [key, verdict] : wanted_->verdicts) {
    conditions_.set(key, verdict.accepted);
    conditions_.set(key, programmed(key, verdict, seen, trouble));
    if (verdict.supported) {
      conditions_.set(key, *verdict.supported);
    } else {
      conditions_.drop(key, "Supported");
    }
    published_.insert(key);
  }
  std::erase_if(published_, [&](const Key& key) {
    const bool gone = !wanted_->verdicts.contains(key);
    if (gone) conditions_.forget(key);
    return gone;
  });
}

}  // namespace argos
