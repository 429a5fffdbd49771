// SPDX-License-Identifier: Apache-2.0
#include "test/e2e/watcher.hpp"

#include <boost/json.hpp>

#include "test/support/caddy.hpp"

namespace argos::test {
namespace {

constexpr auto kNotice = std::chrono::seconds(1);  // how long argos may take to see that Caddy is gone

bool is_claimed_ready(const boost::json::value& host) {
  for (const auto& condition : host.at("status").at("conditions").as_array()) {
    if (condition.at("type") != "Ready") continue;
    return condition.at("status") == "True" && condition.at("observedGeneration") == host.at("metadata").at("generation");
  }
  return false;
}

std::string answer_of(const boost::json::value& host) {
  const auto& handler = host.at("spec").at("caddyHandlers").as_array().at(0).as_object();
  return handler.contains("body") ? std::string(handler.at("body").as_string()) : std::string();
}

}  // namespace

// A host that is said to be Ready, in its present generation.
struct ReadyWatcher::Claimed {
  std::int64_t generation = 0;
  std::string domain, answer;  // empty: it has no form that could be served
  bool operator==(const Claimed&) const = default;
};

std::map<std::string, ReadyWatcher::Claimed> ReadyWatcher::claimed_ready(const World& world) {
  std::map<std::string, Claimed> out;
  const auto listed = world.api("/api/v1/hosts");
  boost::system::error_code bad;
  const auto json = boost::json::parse(listed.body, bad);
  if (bad || listed.status != 200) return out;
  for (const auto& host : json.at("items").as_array()) {
    if (!is_claimed_ready(host)) continue;
    out[std::string(host.at("metadata").at("name").as_string())] = {host.at("metadata").at("generation").as_int64(),
                                                                    std::string(host.at("spec").at("domain").as_string()),
                                                                    answer_of(host)};
  }
  return out;
}

ReadyWatcher::ReadyWatcher(const World& world) : world_(world), thread_([this] { look(); }) {}

ReadyWatcher::~ReadyWatcher() {
  stopping_ = true;
  thread_.join();
}

std::vector<std::string> ReadyWatcher::lies() const {
  const std::lock_guard lock(mutex_);
  return lies_;
}

void ReadyWatcher::disturbed() {
  const std::lock_guard lock(mutex_);
  ++disturbances_;
  disturbed_ = std::chrono::steady_clock::now();
}

void ReadyWatcher::judge(const std::string& name, const Claimed& claimed, const std::string& got) {
  ++checks_;
  if (!claimed.answer.empty() && got == claimed.answer) return;
  const std::lock_guard lock(mutex_);
  if (got.empty() && std::chrono::steady_clock::now() - disturbed_ < kNotice) return;
  lies_.push_back(name + " is Ready as '" + claimed.answer + "', visitors get '" + got + "'");
}

// What was claimed before and after a visit was claimed at the visit, unless it was by two that run one after the other.
void ReadyWatcher::look() {
  const auto disturbances = [this] {
    const std::lock_guard lock(mutex_);
    return disturbances_;
  };
  while (!stopping_) {
    const int then = disturbances();
    const auto before = claimed_ready(world_);
    std::map<std::string, std::string> got;
    for (const auto& [name, claimed] : before) got[name] = ask(world_.http_port, {.host = claimed.domain}).body;
    const auto after = claimed_ready(world_);
    if (disturbances() != then) continue;
    for (const auto& [name, claimed] : before) {
      const auto still = after.find(name);
      if (still != after.end() && still->second == claimed) judge(name, claimed, got[name]);
    }
  }
}

}  // namespace argos::test
