// SPDX-License-Identifier: Apache-2.0
// The table of controllers: who reconciles, and what wakes each. Starts them all, stops them all, says whether all are Ready.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/controller.hpp"
#include "runtime/http_client.hpp"
#include "runtime/store.hpp"

namespace argos {

constexpr auto kAfterAtMost = std::chrono::seconds(20);

// Loop thread only.
class Manager {
 public:
  Manager(Store& store, Conditions& conditions, const Clock& clock);

  // What wakes a controller, in words: manager.add<Caddy>(…).all(Kind::host).every(30s).
  class Wiring {
   public:
    Wiring(Manager& manager, Controller& controller) : manager_(manager), controller_(controller) {}
    Wiring& each(Kind kind);    // a changed row of that kind: its own key
    Wiring& all(Kind kind);     // a changed row of that kind: the controller's one key
    Wiring& every(Span span);   // the controller's one key, again and again
    // Anything under that folder moved: the controller's one key, that much later where it is not as debounce() says.
    Wiring& files(const std::string& folder, std::optional<Span> debounce = {});
    // Its end, and its being there again; `first` is called before each mark.
    Wiring& connection(const Endpoint& endpoint, const std::string& target, std::function<void()> first = {});
    // What became of that condition of an object of that kind: the controller's one key.
    Wiring& condition(Kind kind, std::string type);
    // Lines of a file that somebody appends to: the controller's one key, where `take` says true.
    Wiring& lines(const std::string& path, std::function<bool(std::string_view)> take);
    Wiring& backoff(WorkQueue::Backoff backoff);
    Wiring& before_store();     // works while the store is not ready; said before after()
    // Begins once that one, which stands before it, has passed once, whatever came of it; waits kAfterAtMost for it.
    Wiring& after(std::string_view other);
    Wiring& debounce(Span span);

   private:
    Manager& manager_;
    Controller& controller_;
    bool needs_store_ = true;
  };

  template <class R, class... Args>
  Wiring add(Args&&... args) {
    return adopt(std::make_unique<R>(std::forward<Args>(args)...));
  }

  // A source that marks nothing of its own, kept running with the others.
  void add_source(std::unique_ptr<Source> source) { feeds_.push_back({std::move(source), nullptr}); }

  const std::vector<std::unique_ptr<Controller>>& controllers() const { return controllers_; }
  Controller* find(std::string_view name) const;
  // Names of controllers whose Ready is not True, in the table's order. Nobody waits for a suspended one.
  std::vector<std::string> waiting() const;

  // Runs every source and controller until stop(); then each finishes the step in hand.
  Task<void> run();
  void stop();

 private:
  struct Feed {
    std::unique_ptr<Source> source;
    Controller* controller;
    std::optional<Span> debounce = {};
  };
  std::optional<Error> still_before(std::string_view other, Time since) const;
  Wiring adopt(std::unique_ptr<Reconciler> reconciler);
  void read_suspended();

  Store& store_;
  Conditions& conditions_;
  const Clock& clock_;
  std::vector<std::unique_ptr<Controller>> controllers_;
  std::vector<Feed> feeds_;
  std::function<void()> cancel_sources_;
};

}  // namespace argos
