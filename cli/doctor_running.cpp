// SPDX-License-Identifier: Apache-2.0
// The doctor's checks of what runs: argos itself, its controllers, Caddy.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <spdlog/fmt/fmt.h>

#include "cli/client.hpp"
#include "cli/doctor.hpp"
#include "cli/key.hpp"
#include "cli/output.hpp"
#include "controllers/caddy_admin.hpp"
#include "model/deep_json.hpp"
#include "runtime/files.hpp"

namespace argos {
namespace {

template <class T>
Result<T> wait_for(Task<Result<T>> task) {
  boost::asio::io_context context(1);
  Result<T> out = Error{"Timeout", "no answer"};
  boost::asio::co_spawn(context, std::move(task), [&out](const std::exception_ptr& thrown, Result<T> result) {
    if (!thrown) out = std::move(result);
  });
  context.run();
  return out;
}

// Who holds the lock, as it was written into it. A shared lock, for a moment, tells.
std::optional<std::string> holder(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  const bool held = ::flock(file, LOCK_SH | LOCK_NB) != 0;
  ::close(file);
  if (!held) return std::nullopt;
  const auto text = read_file(path);
  boost::system::error_code bad_json;
  const auto json = text ? boost::json::parse(*text, bad_json) : boost::json::value();
  const auto pid = text_at(json, {"pid"});
  if (pid.empty()) return "another argos";
  return fmt::format("pid {} on {}, since {}", pid, text_at(json, {"host"}), text_at(json, {"since"}));
}

Task<Result<boost::json::value>> configuration(CaddyAdmin& admin) {
  auto running = co_await admin.read();
  if (running.has_error()) co_return running.error();
  auto out = parse_deep(running->body);
  if (!out || !(out->is_object() || out->is_null())) {
    co_return Error{"NotCaddy", "what answers there is not a Caddy", "is ARGOS_CADDY_ADMIN right?"};
  }
  co_return std::move(*out);
}

bool is_suspended(const boost::json::value& controller) {
  const auto* const held = condition_at(list_at(controller, {"conditions"}), "Suspended");
  return held != nullptr && text_at(*held, {"status"}) == "True";
}

std::string suspended(const boost::json::value& status) {
  std::string out;
  for (const auto& controller : list_at(status, {"controllers"})) {
    if (is_suspended(controller)) out += (out.empty() ? "" : ", ") + text_at(controller, {"name"});
  }
  return out;
}

// Each with its reason: "caddy: CaddyUnreachable: nobody answers".
std::vector<std::string> not_ready(const boost::json::value& status) {
  std::vector<std::string> out;
  for (const auto& controller : list_at(status, {"controllers"})) {
    if (is_suspended(controller)) continue;
    const auto* const ready = condition_at(list_at(controller, {"conditions"}), "Ready");
    if (ready != nullptr && text_at(*ready, {"status"}) == "True") continue;
    const boost::json::value none;
    const auto& said = ready == nullptr ? none : *ready;
    out.push_back(
        fmt::format("{}: {}: {}", text_at(controller, {"name"}), text_at(said, {"reason"}), text_at(said, {"message"})));
  }
  return out;
}

}  // namespace

Patient gather(const Config& config) {
  Patient out;
  out.config = config;
  out.held_by = holder(config.lock_path());
  const Client argos(config.socket_path(), "argos doctor");
  out.status = argos.get("/api/v1/status");
  // `argos up` chooses the folder itself: what argos runs with counts, where this environment names none.
  const auto manifests = config.manifests_dir.empty() ? argos.get("/api/v1/manifests") : boost::json::value();
  if (manifests) out.config.manifests_dir += text_at(*manifests, {"folder"});
  out.keys = argos.get("/api/v1/keys");
  if (!out.keys && out.keys.error().reason == "NotRunning") out.keys = keys_here(config);
  BeastHttpClient http;
  CaddyAdmin admin(http, config.caddy_admin);
  out.caddy = wait_for(configuration(admin));
  if (out.caddy) {
    if (auto abilities = wait_for(admin.abilities())) out.abilities = *abilities;
  }
  return out;
}

Diagnosis check_argos(const Patient& patient) {
  if (patient.status) {
    return fine(fmt::format("argos {} answers at {}{}", text_at(*patient.status, {"version"}), patient.config.socket_path(),
                            patient.held_by ? ": " + *patient.held_by : ""));
  }
  const auto& error = patient.status.error();
  if (patient.held_by) return bad("argos runs (" + *patient.held_by + ") but does not answer: " + error.message, error.hint);
  return warn("argos does not run here", "start it with `argos serve` or `make up`");
}

Diagnosis check_controllers(const Patient& patient) {
  if (!patient.status) return fine("not looked at: argos does not answer");
  const auto waiting = not_ready(*patient.status);
  const auto by_hand = suspended(*patient.status);
  if (waiting.empty() && !by_hand.empty()) return warn("suspended for hand work: " + by_hand, "`argos resume controller NAME`");
  if (waiting.empty()) return fine(fmt::format("all {} are Ready", list_at(*patient.status, {"controllers"}).size()));
  std::string all;
  for (const auto& one : waiting) all += (all.empty() ? "" : "; ") + one;
  return bad(all, "`argos explain controller NAME` tells more");
}

Diagnosis check_objects(const Patient& patient) {
  if (!patient.status) return fine("not looked at: argos does not answer");
  std::int64_t in_trouble = 0;
  for (const auto& controller : list_at(*patient.status, {"controllers"}))
    in_trouble += number_at(controller, {"objectsNotReady"});
  if (in_trouble == 0) return fine("none is in trouble");
  return warn(fmt::format("{} are not Ready", in_trouble), "`argos status` lists them, `argos explain KIND NAME` says why");
}

Diagnosis check_caddy(const Patient& patient) {
  const auto where = patient.config.caddy_admin.text();
  if (patient.caddy) return fine("Caddy's admin endpoint answers at " + where);
  return bad(where + ": " + patient.caddy.error().message, patient.caddy.error().hint);
}

Diagnosis check_caddy_version(const Patient& patient) {
  if (!patient.abilities) return fine("not known: Caddy does not answer");
  const auto& can = *patient.abilities;
  if (can.health_method && can.log_file_mode) return fine("2.9 or newer, by what it can do");
  if (can.health_passes_and_fails) return fine("2.8, by what it can do");
  if (can.stream_close_delay) return fine("2.7, by what it can do");
  return fine("2.6 or older, by what it can do: websockets end at each change");
}

}  // namespace argos
