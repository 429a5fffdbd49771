// SPDX-License-Identifier: Apache-2.0
// GET /api/v1/events: what changes, as it does.
#include "panel/api.hpp"
#include "panel/events.hpp"

namespace argos::api {

Task<Answer> events(PanelContext& context, const Request& request, const Match&) {
  if (context.events.full()) {
    co_return Problem{503, "TooManyReaders",      "as many listen to the events as argos serves", "try again in a moment",
                      {},  {{"Retry-After", "5"}}};
  }
  const auto last_id = std::string(request.header("last-event-id"));
  Response out{200, {{"Content-Type", "text/event-stream"}, {"X-Accel-Buffering", "no"}}, "", {}};
  out.stream = [board = context.events.board(), last_id](Outlet& outlet) { return Events::tell(board, outlet, last_id); };
  co_return out;
}

}  // namespace argos::api
