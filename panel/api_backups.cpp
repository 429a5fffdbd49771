// SPDX-License-Identifier: Apache-2.0
// Archives: listed, made, read again, downloaded, deleted. What takes long is asked of the controller `backups`, by a request.
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

#include <boost/json.hpp>

#include "model/retention.hpp"
#include "panel/api.hpp"
#include "panel/backup_json.hpp"
#include "panel/object_json.hpp"
#include "panel/upload.hpp"
#include "runtime/folder.hpp"
#include "runtime/requests.hpp"
#include "runtime/rows.hpp"

namespace argos::api {
namespace {

constexpr std::int64_t kMostWaiting = 16;  // backups that are asked for at once
constexpr std::size_t kLongestNote = 1000;
constexpr std::size_t kPart = 256U << 10U;

const Error kRolledBack{"RolledBack", "refused", "", Retry::never};

Problem no_backup(const std::string& name) { return {404, "NotFound", "there is no archive " + name, "", {}, {}}; }

Response asked_for(const VerbRequest& request) {
  auto response = json_response(202, argos::to_json(request));
  response.headers.emplace_back("Location", "/api/v1/requests/" + std::to_string(request.id));
  return response;
}

Result<std::optional<BackupRow>> find_backup(PanelContext& context, const std::string& name) {
  std::optional<BackupRow> out;
  if (!is_archive_name(name)) return out;  // whatever somebody wrote into the table: it leads nowhere else
  const auto read = read_store(context, [&](Database& database) -> Result<> {
    auto row = read_backup(database, name);
    if (!row) return row.error();
    out = std::move(*row);
    return {};
  });
  if (!read) return read.error();
  return out;
}

struct Wish {
  std::string verb;
  Key object{Kind::backup, ""};
  boost::json::object arguments = {};
  bool anew = false;
};

// Until it has ended, or the time is up; then as it is.
Task<Result<VerbRequest>> wait_ended(PanelContext& context, std::int64_t id, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    std::optional<VerbRequest> held;
    const auto read = read_store(context, [&](Database& database) -> Result<> {
      auto found = read_request(database, id);
      if (!found) return found.error();
      held = std::move(*found);
      return {};
    });
    if (!read) co_return read.error();
    if (!held) co_return Error{"NotFound", "the request is gone"};
    if (!held->finished_at.empty() || std::chrono::steady_clock::now() >= deadline) co_return std::move(*held);
    co_await Events::next(context.events.board(),
                          std::min(deadline, std::chrono::steady_clock::now() + std::chrono::seconds(1)));
  }
}

Task<Answer> ask_for(PanelContext& context, const Request& request, Wish wish) {
  const auto wait = read_wait(request);
  if (!wait) co_return wait.error();
  std::int64_t id = 0;
  StoreJob job = [&](Database& database) -> Result<> {
    const auto open = open_requests(database, wish.verb);
    if (!open) return open.error();
    if (std::ssize(*open) >= kMostWaiting) return kRolledBack;
    const auto made = wish.anew ? ask_anew(database, wish.verb, wish.object, wish.arguments)
                                : ask(database, wish.verb, wish.object, wish.arguments);
    if (!made) return made.error();
    id = *made;
    return {};
  };
  const auto done = co_await write_store(context, actor_of(request), std::move(job));
  if (!done && done.error().reason == kRolledBack.reason)
    co_return Problem{409, "TooManyRequests", "so many are waiting already", "wait for them: argos backup list", {}, {}};
  if (!done) co_return problem_of(done.error());
  const auto ended = co_await wait_ended(context, id, wait->patience);
  if (!ended) co_return problem_of(ended.error());
  co_return asked_for(*ended);
}

}  // namespace

Task<Answer> list_backups(PanelContext& context, const Request&, const Match&) {
  boost::json::array items;
  const auto read = read_store(context, [&](Database& database) -> Result<> {
    const auto rows = read_backups(database);
    if (!rows) return rows.error();
    for (const auto& row : *rows) items.push_back(to_object(row, context.conditions));
    return {};
  });
  if (!read) co_return problem_of(read.error());
  const auto* const report = context.reports.find("backups");
  co_return json_response(
      200, boost::json::object{{"items", std::move(items)}, {"report", report == nullptr ? boost::json::value() : *report}});
}

Task<Answer> get_backup(PanelContext& context, const Request&, const Match& match) {
  const auto row = find_backup(context, match.name);
  if (!row) co_return problem_of(row.error());
  if (!*row) co_return no_backup(match.name);
  co_return json_response(200, to_object(**row, context.conditions));
}

Task<Answer> make_backup(PanelContext& context, const Request& request, const Match&) {
  Wish wish{"backup"};
  wish.anew = true;  // one that is under way may have missed what was written since
  if (!request.body.empty()) {
    const auto body = read_body(request);
    if (!body) co_return body.error();
    FieldErrors errors;
    struct Sent {
      std::string note;
    } sent;
    const auto* const note = body->is_object() ? body->get_object().if_contains("note") : nullptr;
    if (note != nullptr) from_json_value(*note, "note", sent.note, errors);
    if (sent.note.size() > kLongestNote) errors.push_back({"note", "OutOfRange", "is too long", "at most 1000 bytes"});
    if (!errors.empty()) co_return invalid(std::move(errors));
    wish.arguments["note"] = sent.note;
  }
  co_return co_await ask_for(context, request, std::move(wish));
}

Task<Answer> verify_backup(PanelContext& context, const Request& request, const Match& match) {
  const auto row = find_backup(context, match.name);
  if (!row) co_return problem_of(row.error());
  if (!*row) co_return no_backup(match.name);
  Wish wish{"verify", {Kind::backup, match.name}};
  co_return co_await ask_for(context, request, std::move(wish));
}

Task<Answer> verify_backups(PanelContext& context, const Request& request, const Match&) {
  Wish wish{"verify"};
  co_return co_await ask_for(context, request, std::move(wish));
}

Task<Answer> delete_backup(PanelContext& context, const Request& request, const Match& match) {
  const auto row = find_backup(context, match.name);
  if (!row) co_return problem_of(row.error());
  if (!*row) co_return no_backup(match.name);
  auto unlink = [path = context.config.backup_dir, name = match.name]() -> Result<> {
    const auto folder = Folder::open(path);
    if (!folder) return folder.error();
    if (auto removed = folder->remove(name); !removed) return removed;
    return folder->sync();
  };
  const auto deleted = co_await context.workers.run(std::move(unlink));
  if (!deleted) co_return problem_of(deleted.error());
  const auto by = actor_of(request);
  StoreJob job = [&](Database& database) -> Result<> {
    if (auto noted = note_backup(database, by.who, by.from, "BackupDeleted", **row); !noted) return noted;
    return remove_backup(database, match.name);
  };
  const auto forgotten = co_await write_store(context, by, std::move(job));
  if (!forgotten) co_return problem_of(forgotten.error());
  co_return Response{204, {}, ""};
}

namespace {

// Each part is read on a worker: the folder may be on NFS.
Task<> send_file(Workers& workers, std::shared_ptr<File> file, Outlet& outlet) {
  for (;;) {
    auto read = [file] {
      std::string part(kPart, '\0');
      const auto got = ::read(file->get(), part.data(), part.size());
      part.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
      return part;
    };
    const auto part = co_await workers.run(std::move(read));
    if (part.empty()) co_return;
    const bool taken = co_await outlet.write(part);
    if (!taken) co_return;
  }
}

}  // namespace

Task<Answer> download_backup(PanelContext& context, const Request& request, const Match& match) {
  const auto row = find_backup(context, match.name);
  if (!row) co_return problem_of(row.error());
  if (!*row) co_return no_backup(match.name);
  auto open = [path = context.config.backup_dir + "/" + match.name] {
    return std::make_shared<File>(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  };
  const auto file = co_await context.workers.run(std::move(open));
  const auto size = *file ? ::lseek(file->get(), 0, SEEK_END) : -1;
  if (size < 0 || ::lseek(file->get(), 0, SEEK_SET) != 0) co_return no_backup(match.name);
  const auto by = actor_of(request);
  StoreJob job = [&](Database& database) { return note_backup(database, by.who, by.from, "BackupDownloaded", **row); };
  if (auto noted = co_await write_store(context, by, std::move(job)); !noted) co_return problem_of(noted.error());
  Response response{200,
                    {{"Content-Type", "application/gzip"},
                     {"Content-Length", std::to_string(size)},
                     {"Content-Disposition", "attachment; filename=\"" + match.name + "\""},
                     {"X-Content-Sha256", (*row)->sha256}},
                    ""};
  response.stream = [&workers = context.workers, file](Outlet& outlet) { return send_file(workers, file, outlet); };
  co_return response;
}

Task<Answer> upload_backup(PanelContext& context, const Request& request, const Match& match) {
  const auto kept = co_await request.upload->keep();
  if (!kept) {
    auto problem = problem_of(kept.error());
    if (is_about_bytes(kept.error())) problem.status = 422;
    co_return problem;
  }
  BackupRow row;
  row.filename = match.name;
  row.take(*kept->metadata);
  row.sha256 = kept->sha256;
  judge(row, *kept, context.clock.wall());
  const auto by = actor_of(request);
  StoreJob job = [&](Database& database) -> Result<> {
    if (auto put = put_backup(database, row); !put) return put;
    return note_backup(database, by.who, by.from, "BackupUploaded", row);
  };
  if (auto noted = co_await write_store(context, by, std::move(job)); !noted) co_return problem_of(noted.error());
  co_return json_response(201, to_object(row, context.conditions));
}

namespace {

// The policy that a dry run is asked about, in the shape of PUT: none where nothing was sent, then it is the one in force.
boost::system::result<std::optional<BackupPolicy>, Problem> policy_as_sent(const Request& request) {
  using Read = boost::system::result<std::optional<BackupPolicy>, Problem>;
  if (request.body.empty()) return Read(boost::system::in_place_value, std::nullopt);
  const auto body = read_body(request);
  if (!body) return body.error();
  const auto* const object = body->if_object();
  if (object != nullptr && object->empty()) return Read(boost::system::in_place_value, std::nullopt);
  const Key policy{Kind::backup_policy, std::string(BackupPolicy::kName)};
  auto sent = read_object(*body, &policy);
  if (!sent.errors.empty()) return invalid(std::move(sent.errors));
  return Read(boost::system::in_place_value, std::get<BackupPolicy>(std::move(sent.spec)));
}

boost::json::object to_json(const RetentionAnswer& answer) {
  boost::json::array items;
  for (const auto& verdict : answer.verdicts)
    items.push_back({{"name", verdict.name}, {"action", verdict.expired ? "delete" : "keep"}, {"reason", verdict.reason}});
  return {{"items", std::move(items)}, {"held", answer.held}};
}

}  // namespace

Task<Answer> prune_backups(PanelContext& context, const Request& request, const Match&) {
  const auto dry = read_dry_run(request);
  if (!dry) co_return dry.error();
  const auto sent = policy_as_sent(request);
  if (!sent) co_return sent.error();
  if (!*dry && *sent)
    co_return invalid({{"spec", "OnlyDryRun", "only a dry run takes a policy", "store it, or ask with ?dryRun=true"}});
  if (!*dry) {
    Wish wish{"prune"};
    co_return co_await ask_for(context, request, std::move(wish));
  }
  RetentionAnswer answer;
  const auto read = read_store(context, [&](Database& database) -> Result<> {
    const auto rows = read_backups(database);
    if (!rows) return rows.error();
    const auto stored = read_one<BackupPolicy>(database, std::string(BackupPolicy::kName));
    if (!stored) return stored.error();
    const auto policy = *sent ? **sent : *stored ? (*stored)->spec : BackupPolicy{};
    answer = judge_retention(held_archives(*rows), policy.retention, context.clock.wall());
    return {};
  });
  if (!read) co_return problem_of(read.error());
  co_return json_response(200, to_json(answer));
}

}  // namespace argos::api
