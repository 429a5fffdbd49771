// SPDX-License-Identifier: Apache-2.0
#include "controllers/targets.hpp"

#include <algorithm>

#include <boost/json.hpp>
#include <spdlog/spdlog.h>

#include "runtime/rows.hpp"

namespace argos {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 5s;
constexpr Span kAtMostEvery = 1s;
constexpr const char* kType = "TargetsHealthy";

}  // namespace

Targets::Targets(Store& store, Conditions& conditions, Reports& reports, HttpClient& http, const Clock& clock, Endpoint admin,
                 const CaddyTold& told)
    : store_(store), conditions_(conditions), http_(http), clock_(clock), admin_(std::move(admin)), told_(told) {
  reports.offer("targets", [this](const Key& key) { return report(key); });
}

bool Targets::Group::same_check(const WatchedGroup& other) const {
  return what.check == other.check && what.protocol == other.protocol;
}

Task<Result<Next>> Targets::reconcile(const Key&) {
  const auto now = clock_.now();
  if (looked_ && now - *looked_ < kAtMostEvery) co_return Next::in(kAtMostEvery - (now - *looked_));
  looked_ = now;
  if (auto read = read_rows(); !read) co_return read.error();
  std::optional<Error> trouble;
  if (!groups_.empty()) {
    const auto figures = co_await ask();
    if (auto read = read_rows(); !read) co_return read.error();  // rows may have moved while Caddy was asked
    if (figures) {
      judge(*figures);
    } else {
      trouble = figures.error();
    }
  }
  news_ = news_ || trouble || trouble_;
  trouble_ = std::move(trouble);
  if (news_) publish();
  co_return next();
}

// What is in use, unless no row has moved.
Result<> Targets::read_rows() {
  std::optional<Watched> now;
  const auto read = store_.read([&](Database& database) -> Result<> {
    auto snapshot = take_snapshot(store_, database);
    if (!snapshot) return snapshot.error();
    if (snapshot->place == wanted_.place) return {};
    wanted_ = std::move(*snapshot);
    now = watched(*wanted_.desired);
    return {};
  });
  if (read && now) watch(*now);
  return read;
}

// What is known of a target is kept as long as it is checked in the same way.
void Targets::watch(const Watched& now) {
  std::map<std::string, Group, std::less<>> groups;
  for (const auto& [name, what] : now.groups) {
    auto& group = groups[name];
    group.what = what;
    group.targets.resize(what.targets.size());
    const auto held = groups_.find(name);
    if (held == groups_.end() || !held->second.same_check(what)) continue;
    const auto& before = held->second;
    for (std::size_t at = 0; at < what.targets.size(); ++at) {
      const auto same = std::ranges::find(before.what.targets, what.targets[at]);
      if (same != before.what.targets.end())
        group.targets[at] = before.targets[static_cast<std::size_t>(same - before.what.targets.begin())];
    }
  }
  news_ = true;
  groups_ = std::move(groups);
  sharing_ = sharing(now);
  hosts_ = now.hosts;
}

Task<Result<std::string>> Targets::get(std::string target) {
  HttpRequest request;
  request.target = std::move(target);
  auto answer = co_await http_.send(admin_, std::move(request), kPatience);
  if (answer.has_error()) {
    co_return Error{"CaddyUnreachable", "Caddy's admin endpoint does not answer: " + answer.error().message, "",
                    Retry::backoff};
  }
  if (answer->status != 200) {
    co_return Error{"CaddyUnreachable",
                    "Caddy's admin endpoint answers " + std::to_string(answer->status) + " instead of figures", "",
                    Retry::backoff};
  }
  co_return std::move(answer->body);
}

// Each on a fresh connection: Caddy ends them all at a reload, and then the next pass asks again.
Task<Result<Figures>> Targets::ask() {
  const auto metrics = co_await get("/metrics");
  if (metrics.has_error()) co_return metrics.error();
  const auto upstreams = co_await get("/reverse_proxy/upstreams");
  if (upstreams.has_error()) co_return upstreams.error();
  boost::system::error_code bad;
  const auto list = boost::json::parse(*upstreams, bad);
  if (bad)
    co_return Error{"CaddyUnreachable", "what answers at Caddy's admin endpoint is no list of upstreams", "", Retry::backoff};
  co_return read_figures(*metrics, list);
}

void Targets::judge(const Figures& figures) {
  looked_at_ = clock_.wall();
  for (auto& [name, group] : groups_) {
    const auto* const programmed = conditions_.find({Kind::target_group, name}, "Programmed");
    Trust trust;
    trust.programmed =
        programmed != nullptr && programmed->status == Status::yes && programmed->observed_generation == group.what.generation;
    trust.settled = !told_.last || clock_.now() - *told_.last >= settling_time(group.what.check);
    for (std::size_t at = 0; at < group.targets.size(); ++at) {
      const auto& address = group.what.targets[at];
      const auto found = figures.find(address);
      const auto now = sight(group.what, found == figures.end() ? nullptr : &found->second, sharing_.at(address), trust);
      auto after = advance(group.targets[at], now, looked_at_);
      news_ = news_ || after.health != group.targets[at].health || after.why != group.targets[at].why;
      group.targets[at] = std::move(after);
    }
  }
}

void Targets::publish() {
  news_ = false;
  const auto before = std::exchange(published_, {});
  std::map<std::string_view, Condition> of_groups;
  for (const auto& [name, group] : groups_) {
    auto condition = trouble_
                         ? Condition{kType, Status::unknown, trouble_->reason, trouble_->message, group.what.generation, {}}
                         : targets_healthy(group.what, group.targets);
    of_groups.emplace(name, condition);
    publish_one({Kind::target_group, name}, std::move(condition));
  }
  for (const auto& host : hosts_) {
    const auto group = of_groups.find(host.group);
    auto condition = group != of_groups.end()
                         ? group->second
                         : Condition{kType, Status::unknown, "NoTargets", "its target group has no usable target", 0, {}};
    condition.observed_generation = host.generation;
    publish_one({Kind::host, host.name}, std::move(condition));
  }
  for (const auto& key : before) {
    if (!published_.contains(key)) conditions_.drop(key, kType);
  }
}

// Only on what the caddy controller has spoken of: it is also who takes an object's conditions away when the object is gone.
void Targets::publish_one(const Key& key, Condition condition) {
  const auto& all = conditions_.of(key);
  if (argos::find(all, "Accepted") == nullptr) {
    news_ = true;  // still to be said
    return;
  }
  published_.insert(key);
  const auto* const held = argos::find(all, kType);
  if (held != nullptr && says_the_same(*held, condition)) return;
  const bool moved = conditions_.set(key, condition);
  if (!moved || key.kind != Kind::target_group || condition.status == Status::unknown) return;
  const auto level = condition.status == Status::no ? spdlog::level::warn : spdlog::level::info;
  spdlog::log(level, "targets: {}: {}", to_string(key), condition.message);
}

bool Targets::any_candidate() const {
  const auto is_one = [](const TargetHealth& target) { return target.candidate.has_value(); };
  return std::ranges::any_of(groups_, [&](const auto& item) { return std::ranges::any_of(item.second.targets, is_one); });
}

// How long until the figures of the next group can be trusted; nothing where all can, or none ever will.
std::optional<Span> Targets::until_settled() const {
  std::optional<Span> soonest;
  for (const auto& [name, group] : groups_) {
    if (!told_.last || !group.what.check.enabled) continue;
    const Span left = *told_.last + settling_time(group.what.check) - clock_.now();
    if (left > Span{} && (!soonest || left < *soonest)) soonest = left;
  }
  return soonest;
}

Next Targets::next() const {
  const auto settled = until_settled();
  if (any_candidate()) return Next::in(settled ? std::min<Span>(*settled, kBelievedAfter) : kBelievedAfter);
  return settled ? Next::in(*settled) : Next::on_change();
}

// Of one group, or of all in use where the key has no name.
boost::json::value Targets::report(const Key& key) const {
  boost::json::array groups;
  for (const auto& [name, group] : groups_) {
    if (!key.name.empty() && key.name != name) continue;
    boost::json::array targets;
    for (std::size_t at = 0; at < group.targets.size(); ++at) {
      const auto& state = group.targets[at];
      targets.push_back({{"target", group.what.targets[at]},
                         {"state", to_string(trouble_ ? Health::unknown : state.health)},
                         {"reason", trouble_ ? trouble_->reason : state.why},
                         {"since", time_or_null(state.since)},
                         {"seen", time_or_null(state.seen)},
                         {"fails", state.fails}});
    }
    groups.push_back({{"name", name}, {"targets", std::move(targets)}});
  }
  boost::json::value trouble = nullptr;
  if (trouble_) trouble = {{"reason", trouble_->reason}, {"message", trouble_->message}};
  return {{"checked", time_or_null(looked_at_)}, {"trouble", std::move(trouble)}, {"groups", std::move(groups)}};
}

}  // namespace argos
