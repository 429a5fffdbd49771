// SPDX-License-Identifier: Apache-2.0
// The long things that `backups` does: making archives, and reading them.
#include <algorithm>

#include <spdlog/spdlog.h>

#include "controllers/backups.hpp"
#include "controllers/integrity_look.hpp"
#include "model/text.hpp"
#include "runtime/tell_while.hpp"

namespace argos {
namespace {

constexpr auto kMaking = "backups/making";

BackupRow row_of(const WrittenArchive& made, WallTime now) {
  BackupRow row;
  row.filename = made.name;
  row.size_bytes = static_cast<std::int64_t>(made.bytes);
  row.sha256 = made.sha256;
  row.origin = "local";
  row.take(made.metadata);
  row.caddy_skipped = made.caddy.first_skipped;
  row.caddy_left_out = made.caddy.skipped;
  if (!made.caddy.folder_reason.empty()) {
    row.caddy_skipped = {{".", made.caddy.folder_reason}};
    row.caddy_left_out = 1;
  }
  row.verified = "True";
  row.verified_reason = "Whole";
  row.verified_at = to_milliseconds(now);
  row.mtime_ns = made.mtime_ns;
  return row;
}

// Whoever wrote the request by hand may have written anything.
std::string usable_note(std::string_view note) {
  constexpr std::size_t kLongestNote = 1000, kShown = 200;
  return note.size() <= kLongestNote && is_utf8(note) ? std::string(note) : shown(note, kShown);
}

// What a file says of itself where it has no usable metadata.
WallTime time_of(const FoundArchive& file) {
  const WallTime written(std::chrono::duration_cast<WallTime::duration>(std::chrono::nanoseconds(file.mtime_ns)));
  return time_in_archive_name(file.name).value_or(written);
}

}  // namespace

template <class T>
Task<T> Backups::on_thread(std::function<T(JobProgress&)> job, const VerbRequest* request, Manners manners) {
  const auto progress = std::make_shared<JobProgress>();
  auto work = [progress, job = std::move(job)] {
    step_back();
    return job(*progress);
  };
  auto tell = [this, progress, id = request == nullptr ? 0 : request->id, manners, begun = clock_.now()](bool over) {
    if (over) return publish(nullptr, 0);
    publish(progress.get(), id);
    if (must_wait() || clock_.now() - begun > manners.slice || is_waited_for(manners.to)) progress->cancelled = true;
  };
  auto running = quiet_.run(std::move(work));
  co_return co_await tell_while(std::move(running), std::move(tell), kTellEvery);
}

bool Backups::is_waited_for(YieldsTo to) {
  if (to == YieldsTo::nobody) return false;
  if (!run_failed_ && next_run_ && *next_run_ <= clock_.wall()) return true;
  std::int64_t waiting = 0;
  (void)store_.read([&](Database& database) -> Result<> {
    const auto open = database.number(
        "SELECT count(*) FROM requests WHERE (verb = 'backup' OR ? AND verb IN ('verify', 'prune'))"
        " AND state IN ('pending', 'running')",
        cells(to == YieldsTo::all));
    if (open) waiting = *open;
    return {};
  });
  return waiting > 0;
}

Task<Result<>> Backups::back_up(BackupKind kind, const VerbRequest* request) {
  const auto now = clock_.wall();
  const auto begun = clock_.now();
  auto job = archive_job(options_.places, kind, ring_.current_id(), now);
  if (!last_good_.include_caddy_data) job.caddy_data.clear();
  if (request != nullptr) {
    const auto* const note = request->arguments.if_contains("note");
    if (note != nullptr && note->is_string()) job.metadata.note = usable_note(note->get_string());
  }
  const auto secrets = std::make_shared<SecretsTried>();
  job.proof = with_secrets(std::move(job.proof), ring_, secrets);
  if (auto ready = co_await begin(request, job.metadata.created_at); !ready) co_return ready;
  std::function<Result<WrittenArchive>(JobProgress&)> work = [job, now](JobProgress& progress) mutable {
    job.name = free_archive_name(job.folder, now);
    return write_archive(job, progress);
  };
  const Manners manners;
  const auto made = co_await on_thread(std::move(work), request, manners);
  if (!made && made.error().reason == "Cancelled") co_return made.error();
  if (!made) co_return co_await give_up(request, made.error());
  auto row = row_of(*made, clock_.wall());
  row.secrets = *secrets;
  row.took_ms = std::max<std::int64_t>(1, std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now() - begun).count());
  auto recorded = co_await record(std::move(row), request);
  co_return recorded;
}

Task<Result<>> Backups::record(BackupRow row, const VerbRequest* request) {
  const auto what = fmt::format("{}, {} bytes", row.filename, row.size_bytes);
  Job job = [&](Database& database) -> Result<> {
    if (auto put = put_backup(database, row); !put) return put;
    const auto who = request == nullptr ? std::string(name()) : request->requested_by;
    const auto from = request == nullptr ? std::string("schedule") : request->requested_from;
    if (auto noted = note_backup(database, who, from, "BackupTaken", row); !noted) return noted;
    if (auto forgotten = database.run("DELETE FROM remembered WHERE key = ?", cells(kMaking)); !forgotten) return forgotten;
    if (request == nullptr) {
      const FollowedSchedule followed{last_good_.schedule, clock_.wall()};
      return database.run("REPLACE INTO remembered (key, value) VALUES ('backups/schedule', ?)", cells(followed.to_json()));
    }
    if (auto told = argos::take(database, request->id, {{"archive", row.filename}, {"sizeBytes", row.size_bytes}}); !told)
      return told;
    return finish(database, request->id, {true, "BackedUp", what}, clock_.wall());
  };
  auto written = co_await write(std::move(job));
  if (!written) co_return written;
  if (request == nullptr) run_failed_ = false;
  say_self("LastBackup", Status::yes, "Succeeded", what);
  spdlog::info("backups: {} ({}) made in {} ms", what, enum_text(row.kind), row.took_ms);
  co_return written;
}

// Whoever asked hears of it at once, and the next one has his turn; what the schedule wants is tried again, by the loop's backoff.
Task<Result<>> Backups::give_up(const VerbRequest* request, const Error& error) {
  say_self("LastBackup", Status::no, error.reason, error.text());
  if (request == nullptr) run_failed_ = true;
  Job job = [&](Database& database) -> Result<> {
    if (auto done = database.run("DELETE FROM remembered WHERE key = ?", cells(kMaking)); !done) return done;
    if (request == nullptr) return {};
    return finish(database, request->id, {false, error.reason, error.text()}, clock_.wall());
  };
  auto forgotten = co_await write(std::move(job));
  if (!forgotten || request != nullptr) co_return forgotten;
  co_return error;
}

const FoundArchive* Backups::least_put_off(const std::vector<FoundArchive>& files) const {
  const auto times = [&](const FoundArchive& file) {
    const auto held = put_off_.find(file.name);
    return held == put_off_.end() ? 0 : held->second;
  };
  const auto least = std::ranges::min_element(files, {}, times);
  return least == files.end() ? nullptr : &*least;
}

Span Backups::slice_of(const std::string& name) const {
  constexpr int kMostDoublings = 10;
  const auto held = put_off_.find(name);
  return kFirstSlice * (1 << (held == put_off_.end() ? 0 : std::min(held->second, kMostDoublings)));
}

Task<Result<>> Backups::take_in(const State& state, FoundArchive file, YieldsTo yields) {
  const auto& name = file.name;
  const auto held = std::ranges::find(state.rows, name, &BackupRow::filename);
  const bool made_here = held != state.rows.end() && held->origin == "local";
  ArchiveReadOptions options;
  if (!made_here) options.most_unpacked = most_in(static_cast<std::uint64_t>(file.bytes));
  std::function<ReadArchive(JobProgress&)> work = [path = options_.places.folder + "/" + name, options](JobProgress& progress) {
    return read_archive(path, progress, options);
  };
  const Manners manners{yields, yields == YieldsTo::nobody ? Span::max() : slice_of(name)};
  const auto read = co_await on_thread(std::move(work), nullptr, manners);
  const bool cut_off = read.problem && read.problem->reason == "Cancelled";
  if (cut_off) ++put_off_[name];
  if (cut_off) co_return *read.problem;
  put_off_.erase(name);
  if (read.problem && read.problem->reason == "NotFound") co_return Result<>{};
  if (held != state.rows.end() && held->sha256 == read.sha256 && !read.sha256.empty())
    co_return co_await note_reading(state, name, read);
  BackupRow row;
  row.filename = name;
  row.size_bytes = file.bytes;
  row.mtime_ns = file.mtime_ns;
  row.created_at = to_rfc3339(time_of(file));
  if (read.metadata) row.take(*read.metadata);
  row.sha256 = read.sha256;
  judge(row, read, clock_.wall());
  const bool ours = read.metadata && read.metadata->created_at == state.making;
  if (ours) row.origin = "local";
  if (!ours) row.adopted_at = to_milliseconds(clock_.wall());
  Job job = [&](Database& database) -> Result<> {
    if (auto put = put_backup(database, row); !put) return put;
    if (auto noted = note_backup(database, ours ? "backups" : "outside", "", ours ? "BackupTaken" : "BackupAdopted", row);
        !noted)
      return noted;
    if (!ours) return {};
    for (const auto& request : state.backup) {
      const auto* const created = request.progress.if_contains("createdAt");
      if (created == nullptr || *created != boost::json::value(state.making)) continue;
      if (auto done = finish(database, request.id, {true, "BackedUp", row.filename}, clock_.wall()); !done) return done;
    }
    return database.run("DELETE FROM remembered WHERE key = ?", cells(kMaking));
  };
  auto taken = co_await write(std::move(job));
  if (taken) spdlog::info("backups: {} ({}) was found: {}", name, enum_text(row.kind), row.verified_reason);
  co_return taken;
}

Task<Result<>> Backups::read_again(const State& state, std::string name, bool slowly) {
  const auto held = std::ranges::find(state.rows, name, &BackupRow::filename);
  ArchiveReadOptions options{.from_disk = true, .bytes_a_second = slowly ? kSlowBytesASecond : 0};
  if (held != state.rows.end() && held->origin != "local")
    options.most_unpacked = most_in(static_cast<std::uint64_t>(held->size_bytes));
  std::function<ReadArchive(JobProgress&)> work = [path = options_.places.folder + "/" + name, options](JobProgress& progress) {
    return read_archive(path, progress, options);
  };
  const Manners manners{slowly ? YieldsTo::all : YieldsTo::backups, Span::max()};
  const auto read = co_await on_thread(std::move(work), nullptr, manners);
  if (read.problem && read.problem->reason == "Cancelled") co_return *read.problem;
  co_return co_await note_reading(state, name, read);
}

// Of one that was not made just now: its database is unpacked for that, beside the live one.
Task<Result<>> Backups::try_to_open(BackupRow row) {
  std::function<Result<SecretsTried>(JobProgress&)> work = [places = options_.places, row,
                                                            ring = &ring_](JobProgress& progress) {
    return secrets_in(places, row, *ring, progress);
  };
  const Manners manners{YieldsTo::all, Span::max()};
  auto tried = co_await on_thread(std::move(work), nullptr, manners);
  if (!tried && tried.error().reason == "Cancelled") co_return tried.error();
  if (!tried) tried = SecretsTried{.outcome = tried.error().reason, .message = tried.error().text()};
  Job job = [&](Database& database) -> Result<> {
    auto held = read_backup(database, row.filename);
    if (!held) return held.error();
    if (!*held || (*held)->sha256 != row.sha256) return {};  // it is gone, or another
    (*held)->secrets = *tried;
    return put_backup(database, **held);
  };
  co_return co_await write(std::move(job));
}

Task<Result<>> Backups::note_reading(const State& state, std::string name, const ReadArchive& read) {
  const auto held = std::ranges::find(state.rows, name, &BackupRow::filename);
  if (held == state.rows.end()) co_return Result<>{};
  auto row = *held;
  judge(row, read, clock_.wall());
  if (!row.secrets.is_done()) row.secrets = {};  // perhaps there is room for it now
  const bool news = row.verified == "False" && held->verified != "False";
  if (news) spdlog::warn("backups: {} is no longer good: {}", name, row.verified_message);
  Job job = [&](Database& database) -> Result<> {
    if (auto put = put_backup(database, row); !put || !news) return put;
    return note_backup(database, std::string(this->name()), "", "BackupDamaged", row);
  };
  co_return co_await write(std::move(job));
}

// One archive a step; those that were read stand in the request's progress.
Task<Result<>> Backups::verify(const State& state, const VerbRequest& request) {
  boost::json::object seen;
  if (const auto* const held = request.progress.if_contains("seen"); held != nullptr && held->is_object())
    seen = held->get_object();
  const auto wanted = [&](const BackupRow& row) {
    return (request.object.name.empty() || request.object.name == row.filename) && !seen.contains(row.filename);
  };
  const auto next = std::ranges::find_if(state.rows, wanted);
  if (next != state.rows.end()) {
    auto read = co_await read_again(state, next->filename, false);
    if (!read) co_return read;
    Job job = [&](Database& database) -> Result<> {
      const auto row = read_backup(database, next->filename);
      if (!row) return row.error();
      seen[next->filename] = *row ? (*row)->verified_reason : "Gone";
      return argos::take(database, request.id, {{"seen", seen}});
    };
    co_return co_await write(std::move(job));
  }
  std::string bad;
  for (const auto& item : seen) {
    if (item.value() != "Whole")
      bad += fmt::format("{}{}: {}", bad.empty() ? "" : "; ", std::string_view(item.key()),
                         std::string_view(item.value().as_string()));
  }
  RequestEnd end{bad.empty(), bad.empty() ? "Verified" : "Damaged",
                 bad.empty() ? fmt::format("{} read and whole", seen.size()) : bad};
  if (seen.empty() && !request.object.name.empty()) end = {false, "NotFound", "there is no such archive"};
  Job job = [&](Database& database) { return finish(database, request.id, end, clock_.wall()); };
  co_return co_await write(std::move(job));
}

Task<Result<>> Backups::record_made_before() {
  if (!options_.made_before) co_return Result<>{};
  for (const auto& made : options_.made_before->take()) {
    const auto row = row_of(made, clock_.wall());
    Job job = [&](Database& database) -> Result<> {
      if (auto put = put_backup(database, row); !put) return put;
      return note_backup(database, "migrations", row.note, "BackupTaken", row);
    };
    auto written = co_await write(std::move(job), "migrations");
    if (written) continue;
    options_.made_before->add(made);
    co_return written;
  }
  co_return Result<>{};
}

}  // namespace argos
