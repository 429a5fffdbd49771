// SPDX-License-Identifier: Apache-2.0
#include "test/e2e/watcher.hpp"

#include <map>

#include <boost/json.hpp>

#include "test/support/caddy.hpp"

namespace argos::test {
namespace {

// A host that is said to be Ready, in its present generation.
struct Claimed {
  std::int64_t generation = 0;
  std::string domain, answer;  // empty: it has no form that could be served
  bool operator==(const Claimed&) const = default;
};

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

std::map<std::string, Claimed> claimed_ready(const World& world) {
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

}  // namespace

ReadyWatcher::ReadyWatcher(const World& world) : world_(world), thread_([this] { look(); }) {}

ReadyWatcher::~ReadyWatcher() {
  stopping_ = true;
  thread_.join();
}

std::vector<std::string> ReadyWatcher::lies() const {
  const std::lock_guard lock(mutex_);
  return lies_;
}

// What was claimed before and after a visit was claimed at the visit.
void ReadyWatcher::look() {
  while (!stopping_) {
    const auto before = claimed_ready(world_);
    std::map<std::string, std::string> got;
    for (const auto& [name, claimed] : before) got[name] = ask(world_.http_port, {.host = claimed.domain}).body;
    const auto after = claimed_ready(world_);
    for (const auto& [name, claimed] : before) {
      const auto still = after.find(name);
      if (still == after.end() || still->second != claimed) continue;
      ++checks_;
      if (!claimed.answer.empty() && got[name] == claimed.answer) continue;
      const std::lock_guard lock(mutex_);
      lies_.push_back(name + " is Ready as '" + claimed.answer + "', visitors get '" + got[name] + "'");
    }
  }
}

}  // namespace argos::test
