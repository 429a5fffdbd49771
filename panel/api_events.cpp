// SPDX-License-Identifier: Apache-2.0
// GET /api/v1/events: what changes, as it does.
#include "panel/admission.hpp"
#include "panel/api.hpp"
#include "panel/events.hpp"

namespace argos::api {
namespace {

Problem too_many() {
  return {503, "TooManyReaders",      "as many listen to the events as argos serves", "try again in a moment",
          {},  {{"Retry-After", "5"}}};
}

// To whoever may listen, as long as he may.
Response stream_behind(const PanelContext& context, const Request& request) {
  Response out{200, {{"Content-Type", "text/event-stream"}, {"X-Accel-Buffering", "no"}}, "", {}};
  Events::StillMay still_may;
  if (request.caller) still_may = [&context, caller = *request.caller] { return is_still_in(context, caller); };
  out.stream = [board = context.events.board(), last_id = std::string(request.header("last-event-id")),
                still_may](Outlet& outlet) { return Events::tell(board, outlet, last_id, still_may); };
  return out;
}

}  // namespace

Task<Answer> events(PanelContext& context, const Request& request, const Match&) {
  if (context.events.full()) co_return too_many();
  co_return stream_behind(context, request);
}

}  // namespace argos::api
