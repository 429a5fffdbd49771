// SPDX-License-Identifier: Apache-2.0
// The handlers behind routes.cpp's table.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "panel/routes.hpp"

namespace argos::api {

// api_status.cpp: the probes
Task<Answer> healthz(PanelContext& context, const Request& request, const Match& match);
Task<Answer> readyz(PanelContext& context, const Request& request, const Match& match);
Task<Answer> status(PanelContext& context, const Request& request, const Match& match);
Task<Answer> manifests(PanelContext& context, const Request& request, const Match& match);
Task<Answer> controller(PanelContext& context, const Request& request, const Match& match);
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
Task<Answer> suspend(PanelContext& context, const Request& request, const Match& match);
Task<Answer> resume(PanelContext& context, const Request& request, const Match& match);

// api_keys.cpp
Task<Answer> keys(PanelContext& context, const Request& request, const Match& match);
Task<Answer> accept_key(PanelContext& context, const Request& request, const Match& match);
// api_history.cpp, api_undo.cpp
Task<Answer> history(PanelContext& context, const Request& request, const Match& match);
Task<Answer> get_revision(PanelContext& context, const Request& request, const Match& match);
Task<Answer> undo(PanelContext& context, const Request& request, const Match& match);

// api_requests.cpp
Task<Answer> get_request(PanelContext& context, const Request& request, const Match& match);
Task<Answer> renew_host(PanelContext& context, const Request& request, const Match& match);

// api_status.cpp: as in the status, and what woke it lately and what came of it.
boost::json::object controller_with_trace(const PanelContext& context, const Controller& controller);

// api_json.cpp
Response json_response(int status, const boost::json::value& body);
// JSON of any shape; 400 or 415 where it is none.
boost::system::result<boost::json::value, Problem> read_body(const Request& request);

}  // namespace argos::api
