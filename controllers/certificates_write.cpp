// SPDX-License-Identifier: Apache-2.0
// What the certificates controller does about its plan: records and files, in the order in which a kill may come between.
#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include <spdlog/spdlog.h>

#include "controllers/certificate_pairs.hpp"
#include "controllers/certificate_records.hpp"
#include "controllers/certificates.hpp"

namespace argos {
namespace {

constexpr std::ptrdiff_t kAtOnce = 200;  // pairs, from their rows to their records
constexpr int kMostFailures = 3;         // to mend a pair

// A pair on its way into the folder.
struct Made {
  Judged judged;
  // Nothing where the row is another one by now, or where it lies in its place already.
  Result<std::optional<StagedPair>> staged;
};

// On a full disk: a file that is not as it was written is worth nothing, and gives its room to the right one.
Result<> mend_in_its_room(const Folder& folder, const MadePair& made, const std::set<std::string>& broken, unsigned group) {
  const auto stem = made.judged.pair.stem();
  for (const auto& [ending, bytes] : {std::pair(".key", made.key.text()), std::pair(".crt", std::string_view(made.crt))}) {
    const auto file = stem + ending;
    if (!broken.contains(file)) continue;
    if (auto removed = folder.remove(file); !removed) return removed;
    if (auto written = folder.write(file, bytes, {mode_of(file), group}); !written) return written;
  }
  return {};
}

// What a worker needs to make pairs.
struct Workshop {
  std::shared_ptr<const Folder> folder;
  unsigned group;
  AllJudged known;
  std::set<std::string> broken;  // files
  const KeyRing& ring;
};

Made make_and_stage(const Workshop& shop, const Row& row) {
  const auto judged = shop.known.find(std::string(row.at("name").as_string()));
  auto as_judged = judged == shop.known.end() ? std::nullopt : pair_as_judged(row, judged->second, shop.ring);
  auto made = as_judged ? std::move(*as_judged) : make_pair(row, shop.ring);
  if (!made.judged.sound()) return {std::move(made.judged), std::optional<StagedPair>()};
  const auto stem = made.judged.pair.stem();
  auto pair = stage_pair(*shop.folder, stem, made.crt, made.key.text(), shop.group);
  if (pair) return {std::move(made.judged), std::optional(std::move(*pair))};
  const bool is_broken = shop.broken.contains(stem + ".key") || shop.broken.contains(stem + ".crt");
  if (pair.error().reason != "DiskFull" || !is_broken) return {std::move(made.judged), pair.error()};
  if (auto mended = mend_in_its_room(*shop.folder, made, shop.broken, shop.group); !mended)
    return {std::move(made.judged), mended.error()};
  return {std::move(made.judged), std::optional<StagedPair>()};
}

// Lasting, or an error for each.
using Placed = std::vector<std::pair<Judged, Result<>>>;
Result<Placed> place_all(const Folder& folder, std::vector<Made> made) {
  Placed out;
  for (auto& [judged, staged] : made) {
    Result<> outcome;
    if (!staged) outcome = staged.error();
    if (staged && *staged) outcome = place_pair(folder, std::move(**staged));
    out.emplace_back(std::move(judged), std::move(outcome));
  }
  if (auto lasting = folder.sync(); !lasting) return lasting.error();
  return out;
}

Task<Result<std::shared_ptr<const Folder>>> open_on(Workers& workers, std::string path, bool make) {
  auto open = [path = std::move(path), make]() -> Result<std::shared_ptr<const Folder>> {
    auto opened = open_certificates(path, make);
    if (!opened) return opened.error();
    return std::make_shared<const Folder>(std::move(*opened));
  };
  co_return co_await workers.run(std::move(open));
}

// A file's mode, or where a link leads.
struct Tidied {
  std::string file, target;
};

Result<> set_right(const Folder& folder, const Tidied& it, unsigned group) {
  return it.target.empty() ? folder.set_access(it.file, {mode_of(it.file), group}) : folder.link(it.file, it.target);
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
    auto found = read_certificate_rows(database, names);
    if (!found) return found.error();
    rows = std::move(*found);
    return {};
  });
  if (!read) co_return read;
  const auto made = co_await make_all(names, std::move(rows));
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

Task<Result<std::vector<std::pair<Judged, Result<>>>>> Certificates::make_all(const std::set<std::string>& names, Rows rows) {
  const auto folder = co_await open_on(workers_, options_.folder, true);
  if (!folder) co_return folder.error();
  Workshop shop{*folder, state_.owner.group, {}, {}, ring_};
  for (const auto& name : names) {
    if (const auto judged = judged_.find(name); judged != judged_.end()) shop.known.insert(*judged);
  }
  for (const auto& flaw : flaws_) {
    if (flaw.what != Flaw::What::access) shop.broken.insert(flaw.file);
  }
  auto make = [shop = std::move(shop)](const Row& row) { return make_and_stage(shop, row); };
  auto made = co_await workers_.map(std::move(rows), std::move(make));
  auto place = [folder = *folder, made = std::move(made)]() mutable { return place_all(*folder, std::move(made)); };
  co_return co_await workers_.run(std::move(place));
}

// A pair that is broken and cannot be mended, again and again, holds up everybody: Caddy refuses any configuration that names it. Yet
// nobody is taken out of service for that.
Result<> Certificates::give_up(const std::set<std::string>& names) {
  std::vector<const PairRecord*> lost;
  for (const auto& name : names) {
    if (!trouble_.contains(name)) failed_.erase(name);
  }
  for (const auto& record : world_.records) {
    if (!names.contains(record.certificate) || !trouble_.contains(record.certificate) || flaw_in(record) == nullptr) continue;
    const bool often = ++failed_[record.certificate] >= kMostFailures;
    if (often && !state_.kept_by_caddy.contains(record.stem())) lost.push_back(&record);
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
    Result<> done = put_records(database, written, clock_.wall());
    for (const auto& record : written) {
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
  const auto folder = co_await open_on(workers_, options_.folder, false);
  if (!folder) co_return folder.error();
  std::vector<Tidied> all;
  for (const auto& file : plan_.access) all.push_back({file, ""});
  for (const auto& [link, target] : plan_.links) all.push_back({link, target});
  auto one = [folder = *folder, group = state_.owner.group](const Tidied& it) { return set_right(*folder, it, group); };
  for (auto& done : co_await workers_.map(std::move(all), std::move(one))) {
    if (!done) co_return std::move(done);
  }
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
  std::set<std::string> named;  // by what Caddy accepted or is trying, or runs
  const auto read = store_.read([&](Database& database) -> Result<> {
    auto found = read_named(database);
    if (!found) return found.error();
    named = std::move(*found);
    return {};
  });
  if (!read) co_return read;
  const auto running = co_await admin_.read();
  if (!running) co_return Result<>{};  // what cannot be seen is not touched; it is `caddy`'s to report
  named.merge(pairs_named_in(running->body));
  const auto is_named = [&](const OwnName& name) { return name.what == OwnName::What::pair && named.contains(name.stem); };
  std::erase_if(gone.files, [&](const auto& file) { return is_named(own_name(file)); });
  std::erase_if(gone.records, [&](const auto& record) { return named.contains(record.stem()); });
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
