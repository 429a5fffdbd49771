// SPDX-License-Identifier: Apache-2.0
// What the panel reads and writes: rows, conditions and reports. It never asks a controller anything.
#pragma once

#include <chrono>
#include <functional>

#include "model/caddy_config.hpp"
#include "panel/events.hpp"
#include "panel/http.hpp"
#include "panel/problem.hpp"
#include "runtime/clock.hpp"
#include "runtime/conditions.hpp"
#include "runtime/config.hpp"
#include "runtime/manager.hpp"
#include "runtime/passwords.hpp"
#include "runtime/reports.hpp"
#include "runtime/restore_files.hpp"
#include "runtime/secrets.hpp"
#include "runtime/sessions.hpp"
#include "runtime/store.hpp"
#include "runtime/task.hpp"
#include "runtime/trusted_proxies.hpp"
#include "runtime/workers.hpp"

namespace argos {

// Outlives the server. Loop thread only.
struct PanelContext {
  Store& store;
  const Conditions& conditions;
  const Manager& manager;
  const Reports& reports;
  const Config& config;
  const Clock& clock;
  const Secrets& secrets;
  Workers& workers;
  const Events& events;
  const TrustedProxies& trusted_proxies;
  Passwords& passwords;
  const SessionKey& session_key;
  CaddySurroundings surroundings = {};  // for what would be rendered
  // What a restore would change (docs/restore.md), one at a time; nothing is.
  std::function<Task<Result<boost::json::object>>(RestoreMarker)> plan_restore = {};
  std::chrono::milliseconds lock_patience{5'000};  // how long a write waits for another writer's lock
};

// Why the database may not be used: what the migrations controller says about it, where it says something.
std::optional<Error> why_no_store(const PanelContext& context);

// Who sent it: the user of the process at the other end of the socket, or who has logged in, or whose token it is; and by which
// program (Argos-Client), from where.
Actor actor_of(const Request& request);

using StoreJob = std::function<Result<>(Database&)>;
Result<> read_store(PanelContext& context, const StoreJob& job);
// Changes desired state, as `by`. Waits for another writer's lock, up to `lock_patience`. The job runs anew at each attempt.
Task<Result<>> write_store(PanelContext& context, Actor by, StoreJob job);

}  // namespace argos
