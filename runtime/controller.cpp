// SPDX-License-Identifier: Apache-2.0
#include "runtime/controller.hpp"

#include <exception>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

namespace argos {
namespace asio = boost::asio;

Controller::Controller(std::unique_ptr<Reconciler> reconciler, Conditions& conditions, const Clock& clock,
                       WorkQueue::Backoff backoff)
    : reconciler_(std::move(reconciler)),
      conditions_(conditions),
      clock_(clock),
      queue_(backoff, std::hash<std::string_view>{}(reconciler_->name())) {
  conditions_.set(key(), {"Ready", Status::unknown, "Pending", "has not run yet", 0, {}});
  conditions_.set(key(), {"Stalled", Status::no, "Pending", "", 0, {}});
}

Sink Controller::sink(std::optional<Span> debounce) {
  return [this, debounce](Key key, std::string_view why) { mark(std::move(key), why, debounce.value_or(debounce_)); };
}

void Controller::mark(Key key, std::string_view why, Span delay) {
  spdlog::trace("{}: {} is due: {}", name(), to_string(key), why);
  trace_.woken(key, why, clock_.wall());
  queue_.add(std::move(key), clock_.now() + delay);
  if (alarm_) alarm_->cancel();
}

void Controller::suspend(bool suspended) {
  if (suspended == suspended_) return;
  suspended_ = suspended;
  spdlog::info("{}: {}", name(), suspended ? "suspended: it begins nothing until it is resumed" : "resumed");
  if (suspended && stats_.reconciles == 0)
    conditions_.set(key(), {"Ready", Status::unknown, "Suspended", "suspended before its first pass", 0, {}});
  if (alarm_) alarm_->cancel();
}

Task<bool> Controller::step() {
  if (suspended_) co_return false;
  auto key = queue_.take(clock_.now());
  if (!key) co_return false;
  closed_ = gate_ ? gate_() : std::nullopt;
  if (closed_) {  // whoever opens the gate marks everything anew
    queue_.done(*key);
    report();
    co_return true;
  }
  const auto begun = clock_.now();
  Result<Next> result = Next::on_change();
  try {
    result = co_await reconciler_->reconcile(*key);
  } catch (const std::exception& thrown) {
    result = Error{"InternalError", thrown.what(), "this is a defect of argos: please report it", Retry::backoff};
  }
  finish(*key, result, clock_.now() - begun);
  co_return true;
}

// The only door out of a reconcile.
void Controller::finish(const Key& key, const Result<Next>& result, Span took) {
  queue_.done(key);
  ++stats_.reconciles;
  stats_.last = clock_.wall();
  trace_.passed(key, result ? std::string_view("Done") : result.error().reason,
                result ? std::string_view() : result.error().message, *stats_.last, took);
  spdlog::debug("{}: {} took {} us: {}", name(), to_string(key),
                std::chrono::duration_cast<std::chrono::microseconds>(took).count(), result ? "done" : result.error().reason);
  if (result) {
    queue_.succeed(key);
    if (failing_.erase(key) > 0) spdlog::info("{}: {} is well again", name(), to_string(key));
    if (result->delay) queue_.add(key, clock_.now() + *result->delay);
  } else {
    const Error& error = result.error();
    ++stats_.failures;
    const auto held = failing_.find(key);
    if (held == failing_.end() || held->second.message != error.message)
      spdlog::warn("{}: {}: {}", name(), error.reason, error.text());
    failing_.insert_or_assign(key, error);
    if (error.retry == Retry::backoff) queue_.add(key, clock_.now() + queue_.fail(key));
  }
  report();
  if (stats_.reconciles == 1 && after_first_pass_) after_first_pass_();
}

// A controller is Ready when its last pass finished and nothing of its own is pending.
void Controller::report() {
  if (failing_.empty() && !closed_) {
    conditions_.set(key(), {"Ready", Status::yes, "Reconciled", "", 0, {}});
    conditions_.set(key(), {"Stalled", Status::no, "Reconciled", "", 0, {}});
    return;
  }
  const Error& error = closed_ ? *closed_ : failing_.begin()->second;
  const bool stalled = error.retry == Retry::never;
  conditions_.set(key(), {"Ready", Status::no, error.reason, error.text(), 0, {}});
  conditions_.set(key(), {"Stalled", stalled ? Status::yes : Status::no, error.reason, stalled ? error.text() : "", 0, {}});
}

Task<void> Controller::run() {
  alarm_ = std::make_unique<asio::steady_timer>(co_await asio::this_coro::executor);
  while (!stopping_) {
    if (co_await step()) {
      // One key, then whoever else waits for the loop.
      co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
      continue;
    }
    if (stopping_) break;
    alarm_->expires_at(suspended_ ? Time::max() : queue_.next_due().value_or(Time::max()));
    boost::system::error_code woken;
    co_await alarm_->async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
  alarm_.reset();
}

void Controller::stop() {
  stopping_ = true;
  if (alarm_) alarm_->cancel();
}

bool Controller::idle() const {
  const auto due = queue_.next_due();
  return !queue_.busy() && (suspended_ || !due || *due > clock_.now());
}

Controller::Stats Controller::stats() const {
  Stats stats = stats_;
  stats.queue = queue_.size();
  if (const auto due = queue_.next_due()) {
    stats.next = clock_.wall() + std::chrono::duration_cast<WallTime::duration>(*due - clock_.now());
  }
  return stats;
}

}  // namespace argos
