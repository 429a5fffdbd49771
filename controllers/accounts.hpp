// SPDX-License-Identifier: Apache-2.0
// accounts: makes the first admin where there is no user at all, and forgets what has ended.
//
// Watches users and time. Where no password was configured one is made up and left in a file that only argos' own user may read; the
// file goes with that admin's first login. Deletes sessions that have ended and throttles that no longer matter. Writes users, sessions,
// login_throttles, login_places, and `remembered`.
#pragma once

#include <string>

#include "runtime/config.hpp"
#include "runtime/passwords.hpp"
#include "runtime/reconciler.hpp"
#include "runtime/store.hpp"

namespace argos {

struct InitialAdmin {
  static constexpr const char* kFileName = "initial-admin-password";  // in the data folder

  std::string user = "admin";
  Secret password;  // empty: made up, and written into
  std::string file;  // this

  // Takes the password out of the configuration.
  static InitialAdmin take(Config& config);
};

class Accounts final : public Reconciler {
 public:
  Accounts(Store& store, Passwords& passwords, const Clock& clock, InitialAdmin first)
      : store_(store), passwords_(passwords), clock_(clock), first_(std::move(first)) {}
  std::string_view name() const override { return "accounts"; }
  Task<Result<Next>> reconcile(const Key& key) override;

 private:
  struct Seen {
    std::int64_t users = 0;
    std::string in_file;  // whose password lies in the file; empty: nobody's
    bool is_over = false;  // he has logged in, or is gone
    bool anything_old = false;
  };
  Result<Seen> look();
  Task<Result<>> make_first();
  Result<> remember_first(const std::string& hash, bool made_up);
  Result<> take_file_away();
  Result<> forget_old();

  Store& store_;
  Passwords& passwords_;
  const Clock& clock_;
  const InitialAdmin first_;
};

}  // namespace argos
