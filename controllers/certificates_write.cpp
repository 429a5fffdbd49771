// SPDX-License-Identifier: Apache-2.0
// What the certificates controller does about its plan: records and files, in the order in which a kill may come between.
#include <algorithm>
#include <iterator>
#include <utility>

#include <spdlog/spdlog.h>

#include "controllers/certificate_pairs.hpp"
#include "controllers/certificate_records.hpp"
#include "controllers/certificates.hpp"

namespace argos {
namespace {

constexpr std::ptrdiff_t kAtOnce = 200;  // pairs, from their rows to their records
constexpr int kMostFailures = 3;         // to mend a pair

using Made = std::vector<std::pair<Judged, Result<>>>;

// Lasting, or an error for each.
Result<Made> write_all(const std::string& path, unsigned group, const std::vector<Object<Certificate>>& rows,
                       const AllJudged& known, const KeyRing& ring) {
  const auto folder = open_certificates(path, true);
  if (!folder) return folder.error();
  Made out;
  std::vector<std::pair<std::size_t, StagedPair>> staged;
  for (const auto& row : rows) {
    const auto judged = known.find(row.meta.name);
    auto as_judged = judged == known.end() ? std::nullopt : pair_as_judged(row, judged->second, ring);
    auto made = as_judged ? std::move(*as_judged) : make_pair(row, ring);
    Result<> outcome;
    if (made.judged.sound()) {  // else the row is another one by now
      auto pair = stage_pair(*folder, made.judged.pair.stem(), made.crt, made.key.text(), group);
      if (pair) {
        staged.emplace_back(out.size(), std::move(*pair));
      } else {
        outcome = pair.error();
      }
    }
    out.emplace_back(std::move(made.judged), std::move(outcome));
  }
  for (auto& [at, pair] : staged) out[at].second = place_pair(*folder, std::move(pair));
  if (auto lasting = folder->sync(); !lasting) return lasting.error();
  return out;
}

Result<> set_right(const Folder& folder, const FolderPlan& plan, unsigned group) {
  Result<> outcome;
  const auto keep_first = [&](Result<> other) {
    if (outcome && !other) outcome = std::move(other);
  };
  for (const auto& file : plan.access) keep_first(folder.set_access(file, {mode_of(file), group}));
  for (const auto& [link, target] : plan.links) keep_first(folder.link(link, target));
  return outcome;
}

}  // namespace

// What can be done is done; the first error counts.
Task<Result<>> Certificates::put_right() {
  auto outcome = begin();
  if (!outcome) co_return outcome;
  for (auto at = plan_.write.cbegin(); at != plan_.write.cend();) {
    const auto end = std::ranges::next(at, kAtOnce, plan_.write.cend());
    const auto written = co_await write_some({at, end});
    if (outcome) outcome = written;
    at = end;
  }
  const auto tidied = co_await tidy();
  if (outcome) outcome = tidied;
  const auto removed = co_await remove_unneeded();
  if (outcome) outcome = removed;
  co_return outcome;
}

const Flaw* Certificates::flaw_in(const PairRecord& record) const {
  const auto found = broken_.find(record.stem());
  return found == broken_.end() ? nullptr : found->second;
}

// Before a file is touched: no record of what is lost, and a mark on what is put right, in case argos is killed before Caddy is told.
Result<> Certificates::begin() {
  std::vector<const PairRecord*> broken;
  for (const auto& record : world_.records) {
    if (plan_.write.contains(record.certificate) && flaw_in(record) != nullptr) broken.push_back(&record);
  }
  if (plan_.forget.empty() && plan_.note.empty() && broken.empty()) return {};
  return store_.write([&](Database& database) -> Result<> {
    Result<> done;
    for (const auto& record : plan_.forget) {
      if (done) done = delete_record(database, record);
      if (done) done = audit(database, "CertificateFileLost", *flaw_in(record));
    }
    for (const auto* const record : broken) {
      if (done) done = mark_record(database, *record);
    }
    for (const auto& record : plan_.note) {
      if (done) done = note_record(database, record, clock_.wall());
    }
    return done;
  });
}

Task<Result<>> Certificates::write_some(std::set<std::string> names) {
  Rows rows;
  const auto read = store_.read([&](Database& database) -> Result<> {
    auto found = read_rows(database, names);
    if (!found) return found.error();
    rows = std::move(*found);
    return {};
  });
  if (!read) co_return read;
  AllJudged known;
  for (const auto& row : rows) {
    if (const auto judged = judged_.find(row.meta.name); judged != judged_.end()) known.insert(*judged);
  }
  auto job = [path = options_.folder, group = state_.owner.group, rows = std::move(rows), known = std::move(known),
              &ring = ring_] { return write_all(path, group, rows, known, ring); };
  const auto made = co_await workers_.run(std::move(job));
  std::vector<PairRecord> written;
  Result<> outcome;
  if (!made) {
    for (const auto& name : names) trouble_.emplace(name, made.error());
    outcome = made.error();
  } else {
    for (const auto& [judged, done] : *made) {
      if (!done) trouble_.emplace(judged.pair.certificate, done.error());
      if (!done && outcome) outcome = done;
      if (done && judged.sound()) written.push_back(judged.pair);
    }
  }
  const auto noted = note(written);
  const auto given_up = give_up(names);
  if (outcome) outcome = noted ? given_up : noted;
  co_return outcome;
}

// A pair that is broken and cannot be mended, again and again, holds up everybody: Caddy refuses any configuration that names it.
Result<> Certificates::give_up(const std::set<std::string>& names) {
  std::vector<const PairRecord*> lost;
  for (const auto& name : names) {
    if (!trouble_.contains(name)) failed_.erase(name);
  }
  for (const auto& record : world_.records) {
    if (!names.contains(record.certificate) || !trouble_.contains(record.certificate) || flaw_in(record) == nullptr) continue;
    if (++failed_[record.certificate] >= kMostFailures) lost.push_back(&record);
  }
  if (lost.empty()) return {};
  return store_.write([&](Database& database) -> Result<> {
    Result<> done;
    for (const auto* const record : lost) {
      if (done) done = delete_record(database, *record);
      if (done) done = audit(database, "CertificateFileLost", *flaw_in(*record));
    }
    return done;
  });
}

// On record only now.
Result<> Certificates::note(const std::vector<PairRecord>& written) {
  if (written.empty()) return {};
  const auto noted = store_.write([&](Database& database) -> Result<> {
    Result<> done;
    for (const auto& record : written) {
      if (done) done = put_record(database, record, clock_.wall());
      if (const auto* const flaw = flaw_in(record); done && flaw != nullptr)
        done = audit(database, "CertificateFileRestored", *flaw);
    }
    return done;
  });
  if (!noted) return noted;
  for (const auto& record : written) ++(flaw_in(record) == nullptr ? tally_.written : tally_.put_right);
  return {};
}

Task<Result<>> Certificates::tidy() {
  if (plan_.access.empty() && plan_.links.empty()) co_return Result<>{};
  auto job = [path = options_.folder, plan = plan_, group = state_.owner.group]() -> Result<> {
    const auto folder = open_certificates(path, false);
    return folder ? set_right(*folder, plan, group) : folder.error();
  };
  const auto done = co_await workers_.run(std::move(job));
  if (!done) co_return done;
  co_return audit_tidied();
}

Result<> Certificates::audit_tidied() {
  std::vector<const Flaw*> mended;
  for (const auto& flaw : flaws_) {
    const bool mode = flaw.what == Flaw::What::access && std::ranges::find(plan_.access, flaw.file) != plan_.access.end();
    if (mode || plan_.links.contains(flaw.file)) mended.push_back(&flaw);
  }
  if (mended.empty()) return {};
  tally_.put_right += mended.size();
  return store_.write([&](Database& database) -> Result<> {
    Result<> done;
    for (const auto* const flaw : mended) {
      if (done) done = audit(database, "CertificateFileRestored", *flaw);
    }
    return done;
  });
}

// ---- what nothing is made of any more

// Those that have been so for a while.
Certificates::Unneeded Certificates::long_unneeded() {
  std::map<std::string, Time> since;
  const auto is_old = [&](const std::string& what) {
    const auto [begun, fresh] = since.emplace(what, unneeded_.contains(what) ? unneeded_.at(what) : clock_.now());
    return clock_.now() - begun->second >= kUnneededFor;
  };
  Unneeded out;
  for (const auto& file : plan_.unneeded) {
    if (is_old(file)) out.files.push_back(file);
  }
  for (const auto& record : plan_.former) {
    if (is_old(record.stem())) out.records.push_back(record);
  }
  unneeded_ = std::move(since);
  return out;
}

Task<Result<>> Certificates::remove_unneeded() {
  auto gone = long_unneeded();
  if (gone.files.empty() && gone.records.empty()) co_return Result<>{};
  std::set<std::string> named;
  const auto read = store_.read([&](Database& database) -> Result<> {
    auto found = read_named(database);
    if (!found) return found.error();
    named = std::move(*found);
    return {};
  });
  if (!read) co_return read;
  const auto running = co_await admin_.read();
  if (!running) co_return Result<>{};  // what cannot be seen is not touched; it is `caddy`'s to report
  const auto is_named = [&](const std::string& stem) {
    return named.contains(stem) || running->body.find("/" + stem + ".") != std::string::npos;
  };
  std::erase_if(gone.files,
                [&](const auto& file) { return own_name(file).what == OwnName::What::pair && is_named(own_name(file).stem); });
  std::erase_if(gone.records, [&](const auto& record) { return is_named(record.stem()); });
  co_return co_await remove(std::move(gone));
}

// The files first: a record without files is forgotten, files without a record could be anybody's.
Task<Result<>> Certificates::remove(Unneeded gone) {
  auto files = gone.files;
  for (const auto& record : gone.records) {
    const auto shares = [&](const PairRecord& other) {
      return other.stem() == record.stem() && other.certificate != record.certificate;
    };
    if (std::ranges::any_of(world_.records, shares)) continue;
    for (const auto* const ending : {".key", ".crt"}) files.push_back(record.stem() + ending);
  }
  auto job = [path = options_.folder, files]() -> Result<> {
    const auto folder = open_certificates(path, false);
    if (!folder) return folder.error();
    for (const auto& file : files) {
      if (auto removed = folder->remove(file); !removed) return removed;
    }
    return folder->sync();
  };
  const auto removed = co_await workers_.run(std::move(job));
  if (!removed) co_return removed;
  tally_.removed += files.size();
  co_return store_.write([&](Database& database) -> Result<> {
    Result<> done;
    for (const auto& record : gone.records) {
      if (done) done = delete_record(database, record);
    }
    for (const auto& file : gone.files) {
      if (done)
        done = audit(database, "CertificateFileRemoved",
                     {file, "", Flaw::What::content, "", "\"a file that nothing is made of\""});
    }
    return done;
  });
}

}  // namespace argos
