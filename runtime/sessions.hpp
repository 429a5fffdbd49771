// SPDX-License-Identifier: Apache-2.0
// Table sessions: who is logged in. A token is shown once, to whoever logged in; what lies here opens nothing without
// ARGOS_SESSION_SECRET. Called inside Store::read and Store::write, as an actor.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "model/session.hpp"
#include "runtime/config.hpp"
#include "runtime/database.hpp"
#include "runtime/page.hpp"
#include "runtime/secret.hpp"

namespace argos {

// Constant after construction: any thread.
class SessionKey {
 public:
  explicit SessionKey(std::string secret) : secret_(std::move(secret)) {}
  // Takes the secret out of the configuration; where there is none, one that lasts until the end of this process.
  static SessionKey take(Config& config);

  std::string hash_of(std::string_view token) const;

 private:
  Secret secret_;
};

struct Session {
  std::string id, user;
  SessionTimes times;
  std::string address, client;
};

struct NewSession {
  std::string user, address, client;
};
struct OpenedSession {
  std::string id;
  Secret token;
};
Result<OpenedSession> open_session(Database& database, const SessionKey& key, const NewSession& session, WallTime now);

// By its token; one that has ended, or whose user is gone or disabled, is none.
Result<std::optional<Session>> find_session(Database& database, const SessionKey& key, std::string_view token, WallTime now);
// Whether there is one of that id, not ended, of a user who may log in.
Result<bool> is_session(Database& database, std::string_view id, WallTime now);
// Of one user, or of all; by id. Those that have ended are left out.
Result<std::vector<Session>> list_sessions(Database& database, std::string_view user, WallTime now, const Page& page = {});

Result<> note_use(Database& database, const Session& session, WallTime now);
// The password was given again.
Result<> confirm_session(Database& database, std::string_view id, WallTime now);
// False: there is none of that id; of that user, where one is named.
Result<bool> end_session(Database& database, std::string_view id, std::string_view user = {});
Result<std::int64_t> count_ended_sessions(Database& database, WallTime now);
Result<> forget_ended_sessions(Database& database, WallTime now);

boost::json::object to_json(const Session& session);

}  // namespace argos
