// SPDX-License-Identifier: Apache-2.0
// caddy-process: keeps a Caddy of our own running, for `argos up`.
//
// Watches its child's end and time. Reads the child and the condition of the controller "caddy". Starts Caddy where none runs; ends
// one that lives but whose admin endpoint has not answered for kNotAnswering, since a foreign configuration may have moved it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "runtime/child.hpp"
#include "runtime/conditions.hpp"
#include "runtime/http_client.hpp"
#include "runtime/reconciler.hpp"

namespace argos {

constexpr auto kNotAnswering = std::chrono::seconds(3);

class CaddyProcess final : public Reconciler {
 public:
  struct Options {
    std::string folder;  // absolute: caddy.json, caddy.pid, caddy.log and Caddy's own folders lie there
    Endpoint admin;  // a socket that nobody else uses
  };
  CaddyProcess(const Conditions& conditions, const Clock& clock, Options options, std::function<void()> ended)
      : conditions_(conditions), clock_(clock), options_(std::move(options)), ended_(std::move(ended)) {}
  ~CaddyProcess() override;
  std::string_view name() const override { return "caddy-process"; }
  Task<Result<Next>> reconcile(const Key& key) override;

  // Ends a Caddy that a killed `argos up` left in this folder. Blocks: before the loop runs.
  static void end_leftover(const std::string& folder);

 private:
  Result<> start(const boost::asio::any_io_executor& executor);
  bool has_gone_silent() const;

  const Conditions& conditions_;
  const Clock& clock_;
  Options options_;
  std::function<void()> ended_;
  std::shared_ptr<Child> child_;
  WallTime started_{};
};

}  // namespace argos
