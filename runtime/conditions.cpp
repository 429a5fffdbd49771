// SPDX-License-Identifier: Apache-2.0
#include "runtime/conditions.hpp"

#include <algorithm>

namespace argos {

bool Conditions::set(const Key& key, Condition next) {
  const bool moved = put(key, std::move(next));
  if (key.kind != Kind::controller) put(key, summarise(board_[key], decisive_conditions(key.kind)));
  return moved;
}

void Conditions::set_all(const Key& key, std::vector<Condition> next) {
  for (auto& condition : next) put(key, std::move(condition));
  if (key.kind != Kind::controller) put(key, summarise(board_[key], decisive_conditions(key.kind)));
}

bool Conditions::put(const Key& key, Condition next) {
  auto& held = board_[key];
  WallTime when = clock_.wall();
  const auto* const former = argos::find(held, next.type);
  if (former == nullptr || former->reason == "Pending") {
    const auto known = recalled_.find({key, next.type});
    if (known != recalled_.end() && known->second.first == next.status) when = known->second.second;
  }
  next.last_transition = WallTime{};
  const Condition now = next;
  const auto* const before = argos::find(held, now.type);
  const bool news = before == nullptr || !says_the_same(*before, now);
  const bool moved = argos::set(held, std::move(next), when);
  if (now.type == "Ready") {
    auto& kind = not_ready_[key.kind];
    if (now.status == Status::yes) {
      kind.erase(key.name);
    } else {
      kind.insert(key.name);
    }
  }
  const auto tell = [&](const auto& listeners) {
    for (const auto& listener : listeners) listener(key, *argos::find(held, now.type));
  };
  if (moved) tell(listeners_);
  if (news) tell(said_listeners_);
  return moved;
}

void Conditions::drop(const Key& key, std::string_view type) {
  const auto held = board_.find(key);
  if (held == board_.end()) return;
  if (std::erase_if(held->second, [&](const Condition& condition) { return condition.type == type; }) == 0) return;
  recalled_.erase({key, std::string(type)});
  if (key.kind != Kind::controller) put(key, summarise(held->second, decisive_conditions(key.kind)));
  for (const auto& listener : drop_listeners_) listener(key, type);
}

void Conditions::forget(const Key& key) {
  board_.erase(key);
  not_ready_[key.kind].erase(key.name);
  std::erase_if(recalled_, [&](const auto& item) { return item.first.first == key; });
  for (const auto& listener : forget_listeners_) listener(key);
}

const std::vector<Condition>& Conditions::of(const Key& key) const {
  static const std::vector<Condition> kNone;
  const auto held = board_.find(key);
  return held == board_.end() ? kNone : held->second;
}

const Condition* Conditions::find(const Key& key, std::string_view type) const { return argos::find(of(key), type); }

bool Conditions::is_true(const Key& key, std::string_view type) const {
  const auto* const held = find(key, type);
  return held != nullptr && held->status == Status::yes;
}

std::size_t Conditions::not_ready(Kind kind) const {
  const auto held = not_ready_.find(kind);
  return held == not_ready_.end() ? 0 : held->second.size();
}

std::vector<Key> Conditions::keys(Kind kind) const {
  std::vector<Key> out;
  for (auto item = board_.lower_bound({kind, ""}); item != board_.end() && item->first.kind == kind; ++item)
    out.push_back(item->first);
  return out;
}

void Conditions::recall(const Key& key, std::string_view type, Status status, WallTime since) {
  recalled_[{key, std::string(type)}] = {status, since};
}

}  // namespace argos
