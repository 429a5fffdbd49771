// SPDX-License-Identifier: Apache-2.0
// ?wait=10s: an answer that comes when a change is in force, or when it is known that it is not.
#include <algorithm>
#include <array>

#include "model/duration.hpp"
#include "panel/api.hpp"

namespace argos::api {
namespace {

constexpr std::chrono::minutes kLongest{1};

// Not so, and that may pass by itself: nothing is known of the change yet.
bool may_pass(const Condition& programmed) {
  constexpr std::array<std::string_view, 6> kPassing{"Pending",          "Contended", "Unreachable",
                                                     "CaddyUnreachable", "Timeout",   "ConnectionLost"};
  return programmed.status == Status::unknown || std::ranges::find(kPassing, programmed.reason) != kPassing.end();
}

}  // namespace

boost::system::result<WaitWish, Problem> read_wait(const Request& request) {
  const auto text = request.parameter("wait");
  if (text.empty()) return WaitWish{};
  const auto wanted = parse_duration(text);
  if (wanted && wanted->value <= kLongest) return WaitWish{wanted->value};
  return invalid({{"wait", "Invalid", "this is no time to wait", "write wait=10s; at most 1m"}});
}

Task<Waited> wait_programmed(const PanelContext& context, Key key, std::uint64_t generation,
                             std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const auto* const said = context.conditions.find(key, "Programmed");
    const bool of_this_form = said != nullptr && said->observed_generation >= generation;
    if (of_this_form && said->status == Status::yes) co_return Waited{InForce::yes, *said};
    if (of_this_form && !may_pass(*said)) co_return Waited{InForce::no, *said};
    if (std::chrono::steady_clock::now() >= deadline) co_return Waited{};
    co_await Events::next(context.events.board(), deadline);
  }
}

Task<bool> wait_gone(const PanelContext& context, Key key, std::chrono::milliseconds patience) {
  constexpr std::chrono::milliseconds kLookAgain{100};  // that a condition is gone is no event
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const bool caddy_sound = context.conditions.is_true({Kind::controller, "caddy"}, "Ready");
    if (caddy_sound && context.conditions.of(key).empty()) co_return true;
    const auto now = std::chrono::steady_clock::now();
    if (now >= deadline) co_return false;
    co_await Events::next(context.events.board(), std::min(deadline, now + kLookAgain));
  }
}

}  // namespace argos::api
