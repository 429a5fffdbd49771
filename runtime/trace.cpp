// SPDX-License-Identifier: Apache-2.0
#include "runtime/trace.hpp"

#include <boost/json.hpp>

namespace argos {
namespace {

constexpr std::size_t kLongest = 300;

bool is_same(const Key& one, const Key& other) { return one.kind == other.kind && one.name == other.name; }

// Into what was there before, so that its memory is used again.
void write_over(Key& slot, const Key& key) {
  slot.kind = key.kind;
  slot.name.assign(key.name);
}

double milliseconds(Span span) { return std::chrono::duration<double, std::milli>(span).count(); }

}  // namespace

void Trace::woken(const Key& key, std::string_view why, WallTime when) {
  why = why.substr(0, kLongest);
  auto* const last = wakes_.newest();
  if (last != nullptr && last->why == why && is_same(last->key, key)) {
    last->when = when;
    ++last->times;
    return;
  }
  auto& slot = wakes_.push();
  write_over(slot.key, key);
  slot.why.assign(why);
  slot.when = when;
  slot.times = 1;
}

void Trace::passed(const Key& key, std::string_view outcome, std::string_view message, WallTime when, Span took) {
  message = message.substr(0, kLongest);
  auto* const last = passes_.newest();
  if (last != nullptr && last->outcome == outcome && last->message == message && is_same(last->key, key)) {
    last->when = when;
    last->took = took;
    ++last->times;
    return;
  }
  auto& slot = passes_.push();
  write_over(slot.key, key);
  slot.outcome.assign(outcome);
  slot.message.assign(message);
  slot.when = when;
  slot.took = took;
  slot.times = 1;
}

boost::json::value to_json(const Trace& trace) {
  boost::json::array wakes, results;
  for (std::size_t back = 0; back < trace.wakes().size(); ++back) {
    const auto& one = trace.wakes().recent(back);
    wakes.push_back({{"key", to_string(one.key)}, {"why", one.why}, {"when", to_rfc3339(one.when)}, {"times", one.times}});
  }
  for (std::size_t back = 0; back < trace.passes().size(); ++back) {
    const auto& one = trace.passes().recent(back);
    results.push_back({{"key", to_string(one.key)},
                       {"outcome", one.outcome},
                       {"message", one.message},
                       {"when", to_rfc3339(one.when)},
                       {"tookMs", milliseconds(one.took)},
                       {"times", one.times}});
  }
  return {{"wakes", std::move(wakes)}, {"results", std::move(results)}};
}

}  // namespace argos
