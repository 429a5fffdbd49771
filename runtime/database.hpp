// SPDX-License-Identifier: Apache-2.0
// SQLite's C interface, less its pitfalls: handles that close themselves, errors as values, cells as JSON scalars.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "model/error.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace argos {

using Row = boost::json::object;  // column -> string, int64, double or null
using Rows = std::vector<Row>;
using Cells = std::vector<boost::json::value>;  // parameters: string, integer, double, bool or null

// Any texts and numbers as parameters: cells(name, 7, "x").
template <class... T>
Cells cells(const T&... values) {
  const auto one = [](const auto& value) -> boost::json::value {
    if constexpr (std::is_convertible_v<decltype(value), std::string_view>) {
      return boost::json::string(std::string_view(value));
    } else {
      return value;
    }
  };
  return Cells{one(values)...};
}

// One connection; belongs to one thread at a time. Reasons of errors: DatabaseBusy, DatabaseCorrupt, DatabaseReadOnly, DiskFull,
// DatabaseMissing, DatabaseError.
class Database {
 public:
  enum class Mode { read_write, create, read_only };
  static Result<Database> open(const std::string& path, Mode mode, int busy_timeout_ms = 0);

  Result<Rows> query(std::string_view sql, const Cells& parameters = {});
  Result<> run(std::string_view sql, const Cells& parameters = {});  // one statement, no rows wanted
  Result<> script(const std::string& sql);  // several statements, no parameters
  Result<std::int64_t> number(std::string_view sql, const Cells& parameters = {});  // the one cell of the one row; 0 if none

  // What runs from now on ends (DatabaseError) as soon as that is true. It must outlive the connection.
  void stop_when(const std::atomic<bool>& wish);

  // For a file of unknown origin, until its schema was compared with a known one: SQLite's own tables cannot be written, cells are checked,
  // and no trigger runs. (TRUSTED_SCHEMA off would refuse the json_valid() of argos' own CHECKs.)
  Result<> distrust();
  // What is written from now on is told to no trigger.
  Result<> silence_triggers();

  int changes() const;  // rows changed by the last run()
  bool in_transaction() const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;
  // A prepared one where this text was run before: what is asked again and again is not read again and again.
  Result<Statement> prepare(std::string_view sql, const Cells& parameters);
  void keep(std::string_view sql, Statement statement);
  Error error(int code) const;

  std::unique_ptr<sqlite3, Close> handle_;
  std::map<std::string, Statement, std::less<>> prepared_;  // none of them in use
};

}  // namespace argos
