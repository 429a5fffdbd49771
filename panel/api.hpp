// SPDX-License-Identifier: Apache-2.0
// The handlers behind routes.cpp's table.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "model/describe.hpp"
#include "panel/routes.hpp"
#include "runtime/page.hpp"

namespace argos::api {

// api_status.cpp: the probes
Task<Answer> healthz(PanelContext& context, const Request& request, const Match& match);
Task<Answer> readyz(PanelContext& context, const Request& request, const Match& match);
Task<Answer> status(PanelContext& context, const Request& request, const Match& match);
Task<Answer> manifests(PanelContext& context, const Request& request, const Match& match);
Task<Answer> controller(PanelContext& context, const Request& request, const Match& match);
// api_openapi.cpp
Task<Answer> openapi(PanelContext& context, const Request& request, const Match& match);
// api_events.cpp
Task<Answer> events(PanelContext& context, const Request& request, const Match& match);
// api_targets.cpp
Task<Answer> targets(PanelContext& context, const Request& request, const Match& match);
// api_integrity.cpp
Task<Answer> integrity(PanelContext& context, const Request& request, const Match& match);
// api_explain.cpp
Task<Answer> explain_object(PanelContext& context, const Request& request, const Match& match);
// api_metrics.cpp
Task<Answer> metrics(PanelContext& context, const Request& request, const Match& match);
// api_objects.cpp
Task<Answer> list_objects(PanelContext& context, const Request& request, const Match& match);
Task<Answer> get_object(PanelContext& context, const Request& request, const Match& match);
Task<Answer> put_object(PanelContext& context, const Request& request, const Match& match);
Task<Answer> delete_object(PanelContext& context, const Request& request, const Match& match);
// api_apply.cpp
Task<Answer> apply(PanelContext& context, const Request& request, const Match& match);
// api_seal.cpp
Task<Answer> seal(PanelContext& context, const Request& request, const Match& match);
// api_drift.cpp
Task<Answer> drift(PanelContext& context, const Request& request, const Match& match);
Task<Answer> keep_found(PanelContext& context, const Request& request, const Match& match);
Task<Answer> suspend(PanelContext& context, const Request& request, const Match& match);
Task<Answer> resume(PanelContext& context, const Request& request, const Match& match);

// api_keys.cpp
Task<Answer> keys(PanelContext& context, const Request& request, const Match& match);
Task<Answer> accept_key(PanelContext& context, const Request& request, const Match& match);
// api_history.cpp, api_undo.cpp
Task<Answer> history(PanelContext& context, const Request& request, const Match& match);
Task<Answer> get_revision(PanelContext& context, const Request& request, const Match& match);
Task<Answer> undo(PanelContext& context, const Request& request, const Match& match);

// api_login.cpp
Task<Answer> login(PanelContext& context, const Request& request, const Match& match);
Task<Answer> logout(PanelContext& context, const Request& request, const Match& match);
Task<Answer> session(PanelContext& context, const Request& request, const Match& match);
Task<Answer> confirm(PanelContext& context, const Request& request, const Match& match);
// Who has logged in; NoSession for a token, and on the socket.
boost::system::result<Caller, Problem> session_of(const Request& request);
NewSession new_session(const Request& request, std::string user);
// api_account.cpp
Task<Answer> change_password(PanelContext& context, const Request& request, const Match& match);
Task<Answer> offer_factor(PanelContext& context, const Request& request, const Match& match);
Task<Answer> enable_factor(PanelContext& context, const Request& request, const Match& match);
Task<Answer> disable_factor(PanelContext& context, const Request& request, const Match& match);
Task<Answer> sessions(PanelContext& context, const Request& request, const Match& match);
Task<Answer> revoke_session(PanelContext& context, const Request& request, const Match& match);
// Of somebody who is logged in: a wrong password is no end of the session.
Problem wrong_password(Problem problem);
// api_users.cpp
Task<Answer> users(PanelContext& context, const Request& request, const Match& match);
Task<Answer> create_user(PanelContext& context, const Request& request, const Match& match);
Task<Answer> change_user(PanelContext& context, const Request& request, const Match& match);
Task<Answer> reset_password(PanelContext& context, const Request& request, const Match& match);
Task<Answer> disable_users_factor(PanelContext& context, const Request& request, const Match& match);
// api_tokens.cpp
Task<Answer> tokens(PanelContext& context, const Request& request, const Match& match);
Task<Answer> create_token(PanelContext& context, const Request& request, const Match& match);
Task<Answer> revoke_token(PanelContext& context, const Request& request, const Match& match);
// api_restore.cpp
Task<Answer> restore_report(PanelContext& context, const Request& request, const Match& match);
Task<Answer> plan_restore(PanelContext& context, const Request& request, const Match& match);
Task<Answer> want_restore(PanelContext& context, const Request& request, const Match& match);
Task<Answer> cancel_restore(PanelContext& context, const Request& request, const Match& match);
// api_audit.cpp
Task<Answer> audit(PanelContext& context, const Request& request, const Match& match);
// api_backups.cpp
Task<Answer> list_backups(PanelContext& context, const Request& request, const Match& match);
Task<Answer> get_backup(PanelContext& context, const Request& request, const Match& match);
Task<Answer> make_backup(PanelContext& context, const Request& request, const Match& match);
Task<Answer> verify_backup(PanelContext& context, const Request& request, const Match& match);
Task<Answer> verify_backups(PanelContext& context, const Request& request, const Match& match);
Task<Answer> delete_backup(PanelContext& context, const Request& request, const Match& match);
Task<Answer> download_backup(PanelContext& context, const Request& request, const Match& match);
Task<Answer> upload_backup(PanelContext& context, const Request& request, const Match& match);
Task<Answer> prune_backups(PanelContext& context, const Request& request, const Match& match);

// api_requests.cpp
Task<Answer> get_request(PanelContext& context, const Request& request, const Match& match);
Task<Answer> renew_host(PanelContext& context, const Request& request, const Match& match);

// api_status.cpp: as in the status, and what woke it lately and what came of it.
boost::json::object controller_with_trace(const PanelContext& context, const Controller& controller);

// api_wait.cpp: ?wait=10s
struct WaitWish {
  std::chrono::milliseconds patience{0};  // none: nobody waits
};
boost::system::result<WaitWish, Problem> read_wait(const Request& request);
enum class InForce { yes, no, unknown };
BOOST_DESCRIBE_ENUM(InForce, yes, no, unknown)
struct Waited {
  InForce in_force = InForce::unknown;
  Condition why;  // Programmed, as it was found last
};
// Until Caddy runs that form of the object, or it is known that it will not.
Task<Waited> wait_programmed(const PanelContext& context, Key key, std::uint64_t generation,
                             std::chrono::milliseconds patience);
// Until Caddy runs nothing of an object that is gone. False: that is not known in time.
Task<bool> wait_gone(const PanelContext& context, Key key, std::chrono::milliseconds patience);

// api_json.cpp
// ?name=7, a positive number; none where it is not given.
std::optional<std::int64_t> read_number(const Request& request, const std::string& name, FieldErrors& errors);
// ?limit=100&continue=NAME
boost::system::result<Page, Problem> read_page(const Request& request);
// Of what was read, which may be one more than the page takes: the answer, and where the next page begins.
template <class T, class Tell>
boost::json::object page_of(const Page& page, std::vector<T> found, std::string T::*key, Tell tell) {
  const bool more = page.limit && std::ssize(found) > *page.limit;
  if (more) found.pop_back();
  boost::json::array items;
  for (const auto& one : found) items.push_back(tell(one));
  boost::json::object out{{"items", std::move(items)}};
  if (more) out["continue"] = found.back().*key;
  return out;
}
// ?dryRun=true
boost::system::result<bool, Problem> read_dry_run(const Request& request);
Response json_response(int status, const boost::json::value& body);
// JSON of any shape; 400 or 415 where it is none.
boost::system::result<boost::json::value, Problem> read_body(const Request& request);
// A described struct (panel/bodies.hpp); 422 where a field is none of its own or not of its type.
template <class T>
boost::system::result<T, Problem> read_as(const Request& request) {
  const auto body = read_body(request);
  if (!body) return body.error();
  T out;
  FieldErrors errors;
  from_json_value(*body, "", out, errors);
  if (!errors.empty()) return invalid(std::move(errors));
  return out;
}

}  // namespace argos::api
