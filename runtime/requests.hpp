// SPDX-License-Identifier: Apache-2.0
// What somebody asked to be done once, a verb on an object, in the table `requests`. Called inside Store::read and Store::write.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "model/describe.hpp"
#include "model/kind.hpp"
#include "runtime/clock.hpp"
#include "runtime/database.hpp"

namespace argos {

enum class RequestState { pending, running, done, failed };
BOOST_DESCRIBE_ENUM(RequestState, pending, running, done, failed)

struct VerbRequest {
  std::int64_t id = 0;
  std::string verb;
  Key object;
  boost::json::object arguments;
  RequestState state = RequestState::pending;
  boost::json::object progress;  // what its controller needs to go on with it, after a kill too
  std::string reason, message;  // what came of it
  std::string requested_at, requested_by, requested_from;
  std::string finished_at;  // empty while it is open
};

// Asks for it, and says under which id. The same verb on the same object that is open already is that very request.
Result<std::int64_t> ask(Database& database, std::string_view verb, const Key& object,
                         const boost::json::object& arguments = {});

// The same, and never one that is open already: for what must see everything that was there when it was asked for.
Result<std::int64_t> ask_anew(Database& database, std::string_view verb, const Key& object,
                              const boost::json::object& arguments = {});

Result<std::optional<VerbRequest>> read_request(Database& database, std::int64_t id);
// Those that wait or are being worked on, the oldest first.
Result<std::vector<VerbRequest>> open_requests(Database& database, std::string_view verb);

// It is being worked on, and this is how far it is.
Result<> take(Database& database, std::int64_t id, const boost::json::object& progress);

// An open one ends. Of those that have ended the newest kRequestsKept are kept.
constexpr int kRequestsKept = 1000;
struct RequestEnd {
  bool done = false;
  std::string reason, message;  // never a secret
};
Result<> finish(Database& database, std::int64_t id, const RequestEnd& end, WallTime now);

boost::json::object to_json(const VerbRequest& request);

}  // namespace argos
