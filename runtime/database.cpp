// SPDX-License-Identifier: Apache-2.0
#include "runtime/database.hpp"

#include <cerrno>
#include <cstring>

#include <sqlite3.h>

#include <spdlog/fmt/fmt.h>

namespace argos {
namespace {

constexpr std::size_t kMostPrepared = 64;

std::string_view reason_of(int code) {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return "DatabaseBusy";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return "DatabaseCorrupt";
    case SQLITE_READONLY: return "DatabaseReadOnly";
    case SQLITE_FULL: return "DiskFull";
    case SQLITE_CANTOPEN: return "DatabaseMissing";
    default: return "DatabaseError";
  }
}

// Of others SQLite keeps a former call's errno.
bool is_of_the_system(int code) { return (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN; }

std::string make_room(sqlite3* handle) {
  const char* const path = handle == nullptr ? nullptr : sqlite3_db_filename(handle, "main");
  return fmt::format("make room on the disk of {}", path == nullptr ? "the database" : path);
}

void bind(sqlite3_stmt* statement, int at, const boost::json::value& cell) {
  switch (cell.kind()) {
    case boost::json::kind::string: {
      const auto& text = cell.get_string();
      sqlite3_bind_text64(statement, at, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
      break;
    }
    case boost::json::kind::int64: sqlite3_bind_int64(statement, at, cell.get_int64()); break;
    case boost::json::kind::uint64: sqlite3_bind_int64(statement, at, static_cast<sqlite3_int64>(cell.get_uint64())); break;
    case boost::json::kind::double_: sqlite3_bind_double(statement, at, cell.get_double()); break;
    case boost::json::kind::bool_: sqlite3_bind_int(statement, at, cell.get_bool() ? 1 : 0); break;
    default: sqlite3_bind_null(statement, at); break;
  }
}

boost::json::value cell_at(sqlite3_stmt* statement, int at) {
  switch (sqlite3_column_type(statement, at)) {
    case SQLITE_INTEGER: return static_cast<std::int64_t>(sqlite3_column_int64(statement, at));
    case SQLITE_FLOAT: return sqlite3_column_double(statement, at);
    case SQLITE_NULL: return nullptr;
    default: {
      const auto* const bytes = static_cast<const char*>(sqlite3_column_blob(statement, at));
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, at));
      return boost::json::string(bytes == nullptr ? "" : std::string_view(bytes, size));
    }
  }
}

}  // namespace

void Database::Close::operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
void Database::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Error Database::error(int code) const {
  const int cause = handle_ && is_of_the_system(code) ? sqlite3_system_errno(handle_.get()) : 0;
  std::string words = handle_ ? sqlite3_errmsg(handle_.get()) : sqlite3_errstr(code);
  if (code > 0xff) words += fmt::format(" (SQLite's code {})", code);
  if (cause != 0) words += fmt::format(": {}", std::strerror(cause));
  const auto reason = cause == ENOSPC || cause == EDQUOT ? "DiskFull" : reason_of(code);
  const auto retry = reason == "DatabaseCorrupt" ? Retry::never : Retry::backoff;
  return {std::string(reason), fmt::format("SQLite: {}", words), reason == "DiskFull" ? make_room(handle_.get()) : "", retry};
}

Result<Database> Database::open(const std::string& path, Mode mode, int busy_timeout_ms) {
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  flags |= mode == Mode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  if (mode == Mode::create) flags |= SQLITE_OPEN_CREATE;
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  Database database;
  database.handle_.reset(raw);
  if (code != SQLITE_OK) {
    Error failed = database.error(code);
    failed.message = fmt::format("cannot open {}: {}", path, failed.message);
    return failed;
  }
  if (mode != Mode::read_only &&
      sqlite3_db_readonly(raw, "main") == 1) {  // SQLite makes do with that, for as long as it is open
    return Error{"DatabaseReadOnly", fmt::format("cannot open {} for writing", path), "", Retry::backoff};
  }
  sqlite3_busy_timeout(raw, busy_timeout_ms);
  return database;
}

Result<Database::Statement> Database::prepare(std::string_view sql, const Cells& parameters) {
  Statement statement;
  if (const auto held = prepared_.find(sql); held != prepared_.end()) {
    statement = std::move(prepared_.extract(held).mapped());
  } else {
    sqlite3_stmt* raw = nullptr;
    const int code =
        sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
    statement.reset(raw);
    if (code != SQLITE_OK) return error(code);
  }
  for (std::size_t at = 0; at < parameters.size(); ++at) bind(statement.get(), static_cast<int>(at) + 1, parameters[at]);
  return statement;
}

void Database::keep(std::string_view sql, Statement statement) {
  sqlite3_reset(statement.get());
  sqlite3_clear_bindings(statement.get());
  if (prepared_.size() >= kMostPrepared) prepared_.clear();
  prepared_.emplace(sql, std::move(statement));
}

Result<Rows> Database::query(std::string_view sql, const Cells& parameters) {
  auto statement = prepare(sql, parameters);
  if (!statement) return statement.error();
  Rows rows;
  int code = SQLITE_ROW;
  while ((code = sqlite3_step(statement->get())) == SQLITE_ROW) {
    Row row;
    for (int at = 0; at < sqlite3_column_count(statement->get()); ++at) {
      row[sqlite3_column_name(statement->get(), at)] = cell_at(statement->get(), at);
    }
    rows.push_back(std::move(row));
  }
  if (code != SQLITE_DONE) return error(code);
  keep(sql, std::move(*statement));
  return rows;
}

Result<> Database::run(std::string_view sql, const Cells& parameters) {
  auto statement = prepare(sql, parameters);
  if (!statement) return statement.error();
  int code = SQLITE_ROW;
  while (code == SQLITE_ROW) code = sqlite3_step(statement->get());
  if (code != SQLITE_DONE) return error(code);
  keep(sql, std::move(*statement));
  return {};
}

Result<> Database::script(const std::string& sql) {
  const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error(code);
  return {};
}

Result<std::int64_t> Database::number(std::string_view sql, const Cells& parameters) {
  auto rows = query(sql, parameters);
  if (!rows) return rows.error();
  if (rows->empty() || rows->front().empty()) return 0;
  const auto& cell = rows->front().begin()->value();
  return cell.is_int64() ? cell.get_int64() : 0;
}

void Database::stop_when(const std::atomic<bool>& wish) {
  constexpr int kSteps = 10'000;
  const auto asked = [](void* held) { return static_cast<const std::atomic<bool>*>(held)->load() ? 1 : 0; };
  sqlite3_progress_handler(handle_.get(), kSteps, asked, const_cast<std::atomic<bool>*>(&wish));
}

Result<> Database::distrust() {
  sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  if (auto set = run("PRAGMA cell_size_check=ON"); !set) return set;
  return silence_triggers();
}

Result<> Database::silence_triggers() {
  const int code = sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  if (code != SQLITE_OK) return error(code);
  return {};
}

int Database::changes() const { return sqlite3_changes(handle_.get()); }
bool Database::in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }

}  // namespace argos
