// SPDX-License-Identifier: Apache-2.0
#include "runtime/manager.hpp"

#include <algorithm>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/multiple_exceptions.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include "runtime/log_tail.hpp"
#include "runtime/sources.hpp"
#include "runtime/suspensions.hpp"

namespace argos {
namespace asio = boost::asio;
namespace {

// A source or controller whose coroutine ended with an error is a defect, except where it was cancelled.
void log_end(std::string_view what, const std::exception_ptr& thrown) {
  if (!thrown) return;
  try {
    std::rethrow_exception(thrown);
  } catch (const asio::multiple_exceptions& several) {  // `a || b`, both cancelled
    log_end(what, several.first_exception());
  } catch (const boost::system::system_error& error) {
    if (error.code() != asio::error::operation_aborted) spdlog::error("{}: {}", what, error.what());
  } catch (const std::exception& error) {
    spdlog::error("{}: {}", what, error.what());
  }
}

Key whole(const Controller& controller) { return controller.key(); }

}  // namespace

// Told first, before anything is marked.
Manager::Manager(Store& store, Conditions& conditions, const Clock& clock)
    : store_(store), conditions_(conditions), clock_(clock) {
  store_.watch(Kind::controller, [this](const Key&, std::string_view) { read_suspended(); });
}

void Manager::read_suspended() {
  const auto read = store_.read([&](Database& database) -> Result<> {
    const auto suspensions = read_suspensions(database);
    if (!suspensions) return suspensions.error();
    for (auto& controller : controllers_) {
      controller->suspend(may_be_suspended(controller->key()) && suspensions->contains(controller->key()));
    }
    return {};
  });
  if (!read) spdlog::warn("cannot read what is suspended: {}", read.error().text());
}

Manager::Wiring Manager::adopt(std::unique_ptr<Reconciler> reconciler) {
  controllers_.push_back(std::make_unique<Controller>(std::move(reconciler), conditions_, clock_));
  auto& controller = *controllers_.back();
  controller.gate([this] { return store_.not_ready(); });
  store_.watch(Kind::controller, [&controller](const Key& key, std::string_view why) {
    if (key.name.empty() || key.name == controller.name()) controller.mark(whole(controller), why);
  });
  return {*this, controller};
}

Manager::Wiring& Manager::Wiring::each(Kind kind) {
  manager_.store_.watch(kind, controller_.sink());
  return *this;
}

Manager::Wiring& Manager::Wiring::all(Kind kind) {
  manager_.store_.watch(kind, [&controller = controller_](const Key& key, std::string_view) {
    controller.sink()(whole(controller), to_string(key) + " changed");
  });
  return *this;
}

Manager::Wiring& Manager::Wiring::every(Span span) {
  manager_.feeds_.push_back({std::make_unique<Timer>(whole(controller_), span), &controller_});
  return *this;
}

Manager::Wiring& Manager::Wiring::files(const std::string& folder, std::optional<Span> debounce) {
  if (folder.empty()) return *this;
  manager_.feeds_.push_back({std::make_unique<FolderWatch>(whole(controller_), folder), &controller_, debounce});
  return *this;
}

Manager::Wiring& Manager::Wiring::connection(const Endpoint& endpoint, const std::string& target, std::function<void()> first) {
  auto watch = std::make_unique<ConnectionWatch>(whole(controller_), endpoint, target, std::move(first));
  manager_.feeds_.push_back({std::move(watch), &controller_});
  return *this;
}

Manager::Wiring& Manager::Wiring::condition(Kind kind, std::string type) {
  manager_.conditions_.listen(
      [&controller = controller_, kind, type = std::move(type)](const Key& key, const Condition& moved) {
        if (key.kind == kind && moved.type == type)
          controller.sink()(whole(controller), to_string(key) + ": " + type + " moved");
      });
  return *this;
}

Manager::Wiring& Manager::Wiring::lines(const std::string& path, std::function<bool(std::string_view)> take) {
  if (path.empty()) return *this;
  manager_.feeds_.push_back({std::make_unique<LogFollower>(whole(controller_), path, std::move(take)), &controller_});
  return *this;
}

Manager::Wiring& Manager::Wiring::backoff(WorkQueue::Backoff backoff) {
  controller_.backoff(backoff);
  return *this;
}

Manager::Wiring& Manager::Wiring::before_store() {
  needs_store_ = false;
  controller_.gate({});
  return *this;
}

Manager::Wiring& Manager::Wiring::after(std::string_view other) {
  controller_.gate(
      [&manager = manager_, needs_store = needs_store_, other = std::string(other), since = std::optional<Time>()]() mutable {
        if (auto closed = needs_store ? manager.store_.not_ready() : std::nullopt) return closed;
        if (!since) since = manager.clock_.now();
        return manager.still_before(other, *since);
      });
  if (auto* const first = manager_.find(other)) {
    first->after_first_pass([&controller = controller_] { controller.mark(whole(controller), "its predecessor has passed"); });
  }
  return *this;
}

std::optional<Error> Manager::still_before(std::string_view other, Time since) const {
  const auto* const first = find(other);
  if (first == nullptr || first->suspended() || first->stats().reconciles > 0 || clock_.now() - since > kAfterAtMost)
    return std::nullopt;
  return Error{"Waiting", "waits for the first pass of " + std::string(other)};
}

Manager::Wiring& Manager::Wiring::debounce(Span span) {
  controller_.debounce(span);
  return *this;
}

Controller* Manager::find(std::string_view name) const {
  const auto held = std::ranges::find_if(controllers_, [&](const auto& controller) { return controller->name() == name; });
  return held == controllers_.end() ? nullptr : held->get();
}

std::vector<std::string> Manager::waiting() const {
  std::vector<std::string> out;
  for (const auto& controller : controllers_) {
    if (!controller->suspended() && !conditions_.is_true(controller->key(), "Ready")) out.emplace_back(controller->name());
  }
  return out;
}

Task<void> Manager::run() {
  const auto executor = co_await asio::this_coro::executor;
  std::size_t running = 0;
  asio::steady_timer all_ended(executor, Time::max());
  const auto ended = [&](std::string_view what, const std::exception_ptr& thrown) {
    log_end(what, thrown);
    if (--running == 0) all_ended.cancel();
  };

  std::vector<std::unique_ptr<asio::cancellation_signal>> signals;
  const auto start_source = [&](Source& source, Sink sink) {
    ++running;
    signals.push_back(std::make_unique<asio::cancellation_signal>());
    asio::co_spawn(executor, source.run(std::move(sink)),
                   asio::bind_cancellation_slot(signals.back()->slot(),
                                                [&](const std::exception_ptr& thrown) { ended("a source", thrown); }));
  };
  FeedWatch feed(store_);
  start_source(feed, {});
  for (auto& [source, controller, debounce] : feeds_) {
    start_source(*source, controller == nullptr ? Sink{} : controller->sink(debounce));
  }
  cancel_sources_ = [&] {
    for (auto& signal : signals) signal->emit(asio::cancellation_type::terminal);
  };

  for (auto& controller : controllers_) {
    ++running;
    asio::co_spawn(executor, controller->run(), [&](const std::exception_ptr& thrown) { ended(controller->name(), thrown); });
  }
  boost::system::error_code woken;
  while (running > 0) co_await all_ended.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  cancel_sources_ = nullptr;
}

void Manager::stop() {
  if (cancel_sources_) cancel_sources_();
  for (auto& controller : controllers_) controller->stop();
}

}  // namespace argos
