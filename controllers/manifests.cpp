// SPDX-License-Identifier: Apache-2.0
#include "controllers/manifests.hpp"

#include <algorithm>

#include <spdlog/spdlog.h>

#include "manifests/excerpt.hpp"
#include "runtime/rows.hpp"
#include "runtime/suspensions.hpp"

namespace argos {
namespace {

boost::json::array to_json(const std::vector<ExcerptLine>& lines) {
  boost::json::array out;
  for (const auto& line : lines) out.push_back({{"number", line.number}, {"text", line.text}});
  return out;
}

boost::json::value report_of(const std::string& folder, const ManifestFolder& read, const ManifestPlan& plan) {
  boost::json::array files;
  std::size_t count = 0;
  for (const auto& [name, file] : read.files) {
    boost::json::array objects, errors;
    for (const auto& object : file->parsed.objects) {
      objects.push_back({{"kind", names_of(object.key.kind).manifest}, {"name", object.key.name}, {"line", object.at.line}});
    }
    std::optional<Excerpts> excerpts;  // of a file with errors only
    const auto add = [&](const ManifestError& error) {
      if (!excerpts) excerpts.emplace(file->bytes);
      errors.push_back({{"line", error.at.line},
                        {"column", error.at.column},
                        {"reason", error.reason},
                        {"message", error.message},
                        {"hint", error.hint},
                        {"lines", to_json(excerpts->around(error.at.line))}});
    };
    for (const auto& error : file->parsed.errors) add(error);
    for (const auto& error : plan.errors) {
      if (error.file == name) add(error);
    }
    count += errors.size();
    files.push_back({{"file", name}, {"objects", std::move(objects)}, {"errors", std::move(errors)}});
  }
  return {{"folder", folder}, {"files", std::move(files)}, {"errorCount", count}};
}

const ReadCertificate* find_certificate(const ManifestFolder& folder, const std::string& file, const Key& key) {
  const auto held = find_file(folder, file);
  if (!held) return nullptr;
  const auto found = held->certificates.read.find(key);
  return found == held->certificates.read.end() ? nullptr : found->second.get();
}

// The envelope of a form to store; none where it cannot be sealed.
Result<std::string> sealed_by(const Result<Certificate>& form) {
  if (form) return form->key_pem_encrypted;
  const auto& why = form.error();
  if (why.reason == "MasterKeyNotConfigured" || why.reason == "WrongMasterKey") return std::string();
  return why;
}

Result<> take_rows(Result<Rows> rows, const KeyRing& ring, Kind kind, ManifestRows& held) {
  if (!rows) return rows.error();
  for (auto& row : *rows) {
    const Key key{kind, std::string(row.at("name").as_string())};
    if (kind == Kind::certificate) {
      auto& envelope = row.at("key_pem_encrypted");
      envelope = key_mark(ring, key.name, envelope.as_string());
    }
    held.rows[key] = std::move(row);
  }
  return {};
}

Result<> read_moved_rows(Database& database, const KeyRing& ring, const std::vector<Key>& moved, ManifestRows& held) {
  for (const auto& names : desired_kinds()) {
    const auto query = fmt::format("SELECT * FROM {} WHERE name = ?", names.table);
    for (const auto& key : moved) {
      if (key.kind != names.kind) continue;
      held.rows.erase(key);
      if (auto taken = take_rows(database.query(query, cells(key.name)), ring, key.kind, held); !taken) return taken;
    }
  }
  return {};
}

Result<> read_all_rows(Database& database, const KeyRing& ring, ManifestRows& held) {
  held = {};
  for (const auto& names : desired_kinds()) {
    auto taken = take_rows(database.query(fmt::format("SELECT * FROM {}", names.table)), ring, names.kind, held);
    if (!taken) return taken;
  }
  const auto written = database.query("SELECT key, value FROM remembered WHERE key >= 'manifest/' AND key < 'manifest0'");
  if (!written) return written.error();
  for (const auto& row : *written) {
    if (const auto key = key_of_written(row.at("key").as_string())) {
      held.written[*key] = WrittenForm::from_value(row.at("value").as_string());
    }
  }
  return {};
}

Result<> remember(Database& database, const ManifestWork& work) {
  for (const auto& [key, form] : work.remember) {
    auto done = database.run("REPLACE INTO remembered (key, value) VALUES (?, ?)", cells(written_key(key), form.to_value()));
    if (!done) return done;
  }
  for (const auto& key : work.forget) {
    if (auto done = database.run("DELETE FROM remembered WHERE key = ?", cells(written_key(key))); !done) return done;
  }
  return {};
}

}  // namespace

Task<Result<Next>> Manifests::reconcile(const Key&) {
  if (folder_.empty()) {
    findings_.none();
    co_return Next::on_change();
  }
  auto job = [reader = CertificateReader{folder_, secrets_.ring(), clock_.wall()}, before = what_to_trust()] {
    return read_folder(reader, before, std::chrono::system_clock::now());  // files carry the kernel's own time
  };
  auto now = co_await workers_.run(std::move(job));
  const bool same_files = now.holds_the_same_as(read_);
  read_ = std::move(now);
  if (same_files && nothing_moved()) co_return Next::on_change();
  settled_at_.reset();
  const auto in_order = std::exchange(in_order_, {});
  if (auto looked = look_at_rows(); !looked) co_return looked.error();
  auto planned = plan(read_, held_);
  refuse_system_objects(held_, planned);
  refuse_certificates(read_, held_, planned);
  auto outcome = put_right(planned, in_order);
  report(planned);  // after the rows, for which visitors wait
  mark_invalid(planned);
  co_return outcome;
}

Result<Next> Manifests::put_right(const ManifestPlan& planned, const InOrder& in_order) {
  if (auto why = unusable()) return *why;
  const auto gone = settled(planned.gone);
  auto work = decide(planned, held_, gone, in_order);
  in_order_ = std::move(work.in_order);
  if (auto written = write(work); !written) return written.error();
  findings_.note(work.findings, FindingAction::reported);
  if (!read_.complete)
    return Error{"FolderNotReadable", fmt::format("a part of {} cannot be read; nothing is deleted", folder_),
                 "mend its mode or owner"};
  if (gone.size() != planned.gone.size()) return Next::in(kSettle);
  if (!planned.undecided) settled_at_ = held_at_;
  return Next::on_change();
}

// Stamps are, but not for ever.
ManifestFolder Manifests::what_to_trust() {
  auto out = read_;
  if (clock_.now() - read_through_ < kReadThrough) return out;
  read_through_ = clock_.now();
  out.stamps.clear();
  return out;
}

// Most changes of rows are of no concern to the files: only those of their own objects by somebody else, and of what says how such a
// change is taken.
bool Manifests::nothing_moved() {
  const auto now = settled_at_ ? feed_place(store_) : Result<FeedPlace>(FeedPlace{});
  if (!settled_at_ || !now || now->epoch != settled_at_->epoch) return false;
  if (now->seq == settled_at_->seq) return true;
  std::int64_t count = 1;
  const auto read = store_.read([&](Database& database) -> Result<> {
    const auto found = database.number(
        "SELECT count(*) FROM changes WHERE seq > ? AND actor <> 'manifests' AND (kind = 'settings' OR what IN ('suspended', "
        "'resumed')"
        " OR coalesce(json_extract(before, '$.managed_by'), '') = 'manifest'"
        " OR coalesce(json_extract(after, '$.managed_by'), '') = 'manifest')",
        cells(settled_at_->seq));
    if (!found) return found.error();
    count = *found;
    return {};
  });
  if (!read || count > 0) return false;
  settled_at_ = *now;
  return true;
}

// Only what moved is read again; what was written last for the files nobody else writes.
Result<> Manifests::look_at_rows() {
  const auto since = std::exchange(held_at_, {});  // after an error all is read
  return store_.read([&](Database& database) -> Result<> {
    const auto now = feed_place(database);
    if (!now) return now.error();
    const auto moved = moved_between(database, since, *now);
    if (!moved) return moved.error();
    auto read =
        *moved ? read_moved_rows(database, secrets_.ring(), **moved, held_) : read_all_rows(database, secrets_.ring(), held_);
    if (!read) return read;
    const auto can = secrets_.can_seal(database);
    held_.cannot_seal = can ? std::nullopt : std::optional(can.error());
    const auto suspensions = read_suspensions(database);
    if (!suspensions) return suspensions.error();
    held_.suspended.clear();
    for (const auto& [key, suspension] : *suspensions) held_.suspended.insert(key);
    held_at_ = *now;
    return {};
  });
}

// Why nothing is done at all.
std::optional<Error> Manifests::unusable() const {
  if (!read_.present) {
    return Error{"FolderMissing", fmt::format("the manifests folder {} is not there; nothing is deleted", folder_),
                 "mount it, or unset ARGOS_MANIFESTS_DIR", Retry::never};
  }
  const auto count =
      std::ranges::count_if(held_.rows, [](const auto& one) { return one.second.at("managed_by") == "manifest"; });
  if (!read_.files.empty() || count == 0) return std::nullopt;
  return Error{"NoManifests",
               fmt::format("no manifest is left in {}, but {} objects came from it: nothing is deleted", folder_, count),
               "put the files back, or delete the objects one by one", Retry::never};
}

// Of what is gone, what has been gone long enough to be believed.
std::vector<Key> Manifests::settled(const std::vector<Key>& gone) {
  std::map<Key, Time> since;
  std::vector<Key> out;
  for (const auto& key : gone) {
    const auto seen = gone_since_.find(key);
    since[key] = seen == gone_since_.end() ? clock_.now() : seen->second;
    if (clock_.now() - since[key] >= kSettle) out.push_back(key);
  }
  gone_since_ = std::move(since);
  return out;
}

Result<> Manifests::write(const ManifestWork& work) {
  if (work.nothing()) return {};
  std::vector<std::pair<Key, std::string_view>> done;
  const auto written = store_.write(Actor{"manifests", ""}, [&](Database& database) -> Result<> {
    for (const auto& [key, form] : work.puts) {
      auto stored = to_store(database, key, form);
      if (!stored) return stored.error();
      if (!*stored) continue;
      const auto outcome = put_row(database, key, std::move(**stored));
      if (!outcome) return outcome.error();
      if (*outcome != Outcome::unchanged) done.emplace_back(key, to_string(*outcome));
    }
    for (const auto& key : work.deletions) {
      const auto removed = remove(database, key);
      if (!removed) return removed.error();
      done.emplace_back(key, "deleted");
    }
    return remember(database, work);
  });
  if (!written) return written;
  for (const auto& [key, form] : work.remember) held_.written[key] = form;
  for (const auto& key : work.forget) held_.written.erase(key);
  for (const auto& [key, what] : done) spdlog::info("manifests: {} {}", to_string(key), what);
  return {};
}

// A mark in place of a sealed key becomes an envelope: that of the file's own key, or one that lies there or lay there before. Nothing
// where none is left of a former form's.
Result<std::optional<ManifestForm>> Manifests::to_store(Database& database, const Key& key, ManifestForm form) const {
  if (key.kind != Kind::certificate) return std::optional(std::move(form));
  const std::string mark(form.at("key_pem_encrypted").as_string());
  const auto* const read = find_certificate(read_, std::string(form.at("owner").as_string()), key);
  const bool of_file =
      read != nullptr && read->key_mark == mark && form.at("cert_pem").as_string() == std::string_view(read->leaf);
  const auto envelope = of_file ? sealed_by(stored_form(database, secrets_, key.name, *read))
                                : find_envelope(database, secrets_.ring(), key.name, mark);
  if (!envelope) return envelope.error();
  if (envelope->empty()) return std::optional<ManifestForm>();
  form["key_pem_encrypted"] = *envelope;
  return std::optional(std::move(form));
}

void Manifests::report(const ManifestPlan& plan) {
  reports_.publish("manifests", report_of(folder_, read_, plan));
  std::set<std::string> now;
  for (const auto& [name, file] : read_.files) {
    for (const auto& error : file->parsed.errors) now.insert(error.text());
  }
  for (const auto& error : plan.errors) now.insert(error.text());
  for (const auto& text : now) {
    if (!logged_.contains(text)) spdlog::warn("manifests: {}", text);
  }
  logged_ = std::move(now);
}

void Manifests::mark_invalid(const ManifestPlan& plan) {
  std::set<Key> now;
  for (const auto& [key, why] : plan.invalid) {
    conditions_.set(key, {"ManifestValid", Status::no, "Invalid", why + "; its last good form stays in force", 0, {}});
    now.insert(key);
  }
  for (const auto& key : marked_invalid_) {
    if (!now.contains(key)) conditions_.drop(key, "ManifestValid");
  }
  marked_invalid_ = std::move(now);
}

}  // namespace argos
