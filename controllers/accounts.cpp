// SPDX-License-Identifier: Apache-2.0
#include "controllers/accounts.hpp"

#include <filesystem>

#include <spdlog/spdlog.h>

#include "runtime/files.hpp"
#include "runtime/random.hpp"
#include "runtime/sessions.hpp"
#include "runtime/throttles.hpp"
#include "runtime/users.hpp"

namespace argos {
namespace {

constexpr auto kInFile = "accounts/initial";  // in the table `remembered`: whose password lies in the file
constexpr std::size_t kMadeUp = 20;           // characters of five bits each
constexpr unsigned kOwnersAlone = 0600;

Result<bool> is_anything_old(Database& database, WallTime now) {
  const auto sessions = count_ended_sessions(database, now);
  if (!sessions) return sessions.error();
  const auto throttles = count_old_throttles(database, now);
  if (!throttles) return throttles.error();
  return *sessions + *throttles > 0;
}

const Error kSomebodyCame{"SomebodyCame", "there is a user meanwhile", "", Retry::backoff};

}  // namespace

InitialAdmin InitialAdmin::take(Config& config) {
  InitialAdmin out{config.initial_admin_user, Secret(config.initial_admin_password), config.data_dir + "/" + kFileName};
  wipe(config.initial_admin_password);
  return out;
}

Task<Result<Next>> Accounts::reconcile(const Key&) {
  auto seen = look();
  if (!seen) co_return seen.error();
  if (seen->users == 0) {
    if (auto made = co_await make_first(); !made) co_return made.error();
    co_return Next::on_change();
  }
  if (seen->is_over) {
    if (auto gone = take_file_away(); !gone) co_return gone.error();
  }
  if (seen->anything_old) {
    if (auto done = forget_old(); !done) co_return done.error();
  }
  co_return Next::on_change();
}

Result<Accounts::Seen> Accounts::look() {
  Seen out;
  const auto read = store_.read([&](Database& database) -> Result<> {
    const auto users = database.number("SELECT count(*) FROM users");
    if (!users) return users.error();
    out.users = *users;
    const auto rows = database.query("SELECT value FROM remembered WHERE key = ?", cells(kInFile));
    if (!rows) return rows.error();
    if (!rows->empty()) {
      out.in_file = rows->front().at("value").as_string();
      const auto user = read_user(database, out.in_file);
      if (!user) return user.error();
      out.is_over = !*user || (*user)->last_login != WallTime{} || !(*user)->must_change;
    }
    const auto old = is_anything_old(database, clock_.wall());
    if (!old) return old.error();
    out.anything_old = *old;
    return {};
  });
  if (!read) return read.error();
  return out;
}

// The file first: whoever finds the user finds his password too, whatever is killed between the two.
Task<Result<>> Accounts::make_first() {
  const bool made_up = first_.password.text().empty();
  const std::string plain = made_up ? random_word(kMadeUp) : std::string(first_.password.text());
  if (made_up) {
    if (auto written = write_atomically(first_.file, plain + "\n", kOwnersAlone); !written) co_return written;
  }
  const auto hash = co_await passwords_.hash(Secret(plain));
  if (!hash) co_return hash.error();
  auto done = remember_first(*hash, made_up);
  if (done && made_up) spdlog::info("accounts: the first user is {}; the password lies in {}", first_.user, first_.file);
  if (done && !made_up) spdlog::info("accounts: the first user is {}, with the password that was configured", first_.user);
  co_return done;
}

Result<> Accounts::remember_first(const std::string& hash, bool made_up) {
  const bool weak = !made_up && !validate_password(first_.password.text(), first_.user).empty();
  if (weak) spdlog::warn("accounts: ARGOS_INITIAL_ADMIN_PASSWORD is easy to guess: the first login must change it");
  return store_.write(Actor{std::string(name()), ""}, [&](Database& database) -> Result<> {
    const auto users = database.number("SELECT count(*) FROM users");
    if (!users) return users.error();
    if (*users > 0) return kSomebodyCame;
    if (auto added = add_user(database, {first_.user, Role::admin, hash, made_up || weak}, clock_.wall()); !added) return added;
    if (!made_up) return {};
    return database.run("REPLACE INTO remembered (key, value) VALUES (?, ?)", cells(kInFile, first_.user));
  });
}

Result<> Accounts::take_file_away() {
  std::error_code failed;
  std::filesystem::remove(first_.file, failed);
  if (failed) return Error{"CannotWrite", "cannot delete " + first_.file + ": " + failed.message(), "delete it by hand"};
  return store_.write([](Database& database) { return database.run("DELETE FROM remembered WHERE key = ?", cells(kInFile)); });
}

Result<> Accounts::forget_old() {
  const auto now = clock_.wall();
  return store_.write(Actor{std::string(name()), ""}, [&](Database& database) -> Result<> {
    if (auto done = forget_ended_sessions(database, now); !done) return done;
    return forget_throttles(database, now);
  });
}

}  // namespace argos
