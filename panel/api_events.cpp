// SPDX-License-Identifier: Apache-2.0
// GET /api/v1/events: what changes, as it does.
#include "panel/api.hpp"
#include "panel/events.hpp"

namespace argos::api {
namespace {

Problem too_many() {
  return {503, "TooManyReaders",      "as many listen to the events as argos serves", "try again in a moment",
          {},  {{"Retry-After", "5"}}};
}

Response stream_behind(const PanelContext& context, const std::string& last_id) {
  Response out{200, {{"Content-Type", "text/event-stream"}, {"X-Accel-Buffering", "no"}}, "", {}};
  out.stream = [board = context.events.board(), last_id](Outlet& outlet) { return Events::tell(board, outlet, last_id); };
  return out;
}

}  // namespace

Task<Answer> events(PanelContext& context, const Request& request, const Match&) {
  if (context.events.full()) co_return too_many();
  co_return stream_behind(context, std::string(request.header("last-event-id")));
}

}  // namespace argos::api
