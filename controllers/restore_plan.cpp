// SPDX-License-Identifier: Apache-2.0
#include "controllers/restore_plan.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>

#include <boost/json.hpp>
#include <spdlog/fmt/fmt.h>

#include "runtime/files.hpp"

namespace argos {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPlan = ".restore-plan-";

// A folder that is gone with this, whatever comes of it. Who holds its lock uses it, in whatever container.
class Scratch {
 public:
  static Result<Scratch> make(const std::string& beside) {
    std::string path = fmt::format("{}{}XXXXXX", beside, kPlan);
    if (::mkdtemp(path.data()) == nullptr)
      return Error{"CannotWrite", fmt::format("cannot make a folder beside {}: {}", beside, std::strerror(errno))};
    return Scratch(std::move(path));
  }
  // None: somebody uses it.
  static std::optional<Scratch> left(const std::string& path) {
    Scratch out(path);
    if (out.holds_) return out;
    out.path_.clear();
    return std::nullopt;
  }
  Scratch(Scratch&& other) noexcept
      : path_(std::exchange(other.path_, {})), folder_(std::move(other.folder_)), holds_(other.holds_) {}
  Scratch& operator=(Scratch&&) = delete;
  ~Scratch() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  explicit Scratch(std::string path)
      : path_(std::move(path)),
        folder_(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)),
        holds_(folder_ && ::flock(folder_.get(), LOCK_EX | LOCK_NB) == 0) {}

  std::string path_;
  File folder_;
  bool holds_;
};

std::string_view word(Standing keys) {
  switch (keys) {
    case Standing::nothing_sealed: return "nothing sealed";
    case Standing::known: return "known";
    case Standing::unknown: return "unknown";
  }
  return "";
}

// What of a row somebody wants: all but what argos counts.
Result<std::string> wanted_columns(Database& database, std::string_view table) {
  const auto rows = database.query(
      "SELECT name FROM pragma_table_info(?) WHERE name NOT IN ('generation', 'created', 'last_login_at', "
      "'totp_step')",
      cells(table));
  if (!rows) return rows.error();
  std::string out;
  for (const auto& row : *rows) out += (out.empty() ? "" : ", ") + std::string(row.at("name").as_string());
  return out;
}

Result<> compare(Database& database, std::string_view table, std::string_view kind, boost::json::array& out) {
  const auto columns = wanted_columns(database, table);
  if (!columns) return columns.error();
  const auto managed = kind == "User" ? std::string("''") : std::string("now.managed_by");
  const auto rows = database.query(
      fmt::format("WITH moved AS (SELECT name FROM (SELECT {1} FROM main.{0} EXCEPT SELECT {1} FROM live.{0})"
                  "  UNION SELECT name FROM (SELECT {1} FROM live.{0} EXCEPT SELECT {1} FROM main.{0}))"
                  " SELECT moved.name, iif(now.name IS NULL, 'added', iif(then_.name IS NULL, 'removed', 'changed')) AS change,"
                  "   coalesce({2}, '') AS managed FROM moved LEFT JOIN live.{0} AS now USING (name) LEFT JOIN main.{0} AS "
                  "then_ USING (name)"
                  " ORDER BY moved.name",
                  table, *columns, managed));
  if (!rows) return rows.error();
  for (const auto& row : *rows)
    out.push_back(boost::json::object{{"kind", kind},
                                      {"name", row.at("name")},
                                      {"change", row.at("change")},
                                      {"manifest", row.at("managed").as_string() == "manifest"}});
  return {};
}

Result<> compare_with_live(Database& fresh, const std::string& live, boost::json::object& out) {
  if (auto attached = fresh.run("ATTACH ? AS live", cells(live)); !attached) return attached;
  const auto version = fresh.number("SELECT coalesce(max(version), 0) FROM live.schema_migrations");
  if (!version) return version.error();
  if (*version != schema_version()) {
    out["message"] = "the database here has another schema: what would change in it is not known";
    return {};
  }
  boost::json::array objects, users;
  for (const auto& names : desired_kinds()) {
    if (auto done = compare(fresh, names.table, names.manifest, objects); !done) return done;
  }
  if (auto done = compare(fresh, "users", "User", users); !done) return done;
  const auto ended =
      fresh.number("SELECT count(*) FROM live.sessions WHERE token_hash NOT IN (SELECT token_hash FROM main.sessions)");
  if (!ended) return ended.error();
  out["objects"] = std::move(objects);
  out["users"] = std::move(users);
  out["sessionsEnded"] = *ended;
  return {};
}

}  // namespace

void remove_plan_leftovers(const RestorePlaces& places) {
  const fs::path database(places.database);
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(database.parent_path(), ignored)) {
    if (entry.path().filename().string().starts_with(database.filename().string() + std::string(kPlan)))
      (void)Scratch::left(entry.path().string());
  }
}

Result<boost::json::object> plan_restore(const RestorePlaces& places, const RestoreMarker& marker, const KeyRing& ring,
                                         JobProgress& progress) {
  remove_plan_leftovers(places);
  const auto scratch = Scratch::make(places.database);
  if (!scratch) return scratch.error();
  StageWish wish{places, marker, scratch->path() + "/staging/argos.db", false};
  wish.marker.without_secrets = true;  // what it would mean is told, and nothing is done
  const auto staged = stage(wish, ring, progress);
  if (!staged) return staged.error();
  boost::json::object out{
      {"archive", places.archive(marker)},
      {"createdAt", staged->created_at.empty() ? boost::json::value() : boost::json::value(staged->created_at)},
      {"schema", {{"from", staged->schema_before}, {"to", schema_version()}}},
      {"keys", word(staged->keys)},
      {"objects", boost::json::array{}},
      {"users", boost::json::array{}},
      {"sessionsEnded", 0}};
  std::error_code unknown;
  out["replaces"] = fs::exists(places.database, unknown);
  if (!out["replaces"].as_bool()) return out;
  auto fresh = Database::open(staged->database, Database::Mode::read_write, 2000);
  if (!fresh) return fresh.error();
  if (auto compared = compare_with_live(*fresh, places.database, out); !compared) return compared.error();
  return out;
}

}  // namespace argos
