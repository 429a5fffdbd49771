// SPDX-License-Identifier: Apache-2.0
#include "model/caddy_search.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace argos {

std::set<Key> CaddySearch::next() const {
  if (proving_ || ended()) return proving_ ? Batch{} : good_;
  Batch out = good_;
  out.insert(todo_.back().begin(), todo_.back().end());
  return out;
}

void CaddySearch::accepted() {
  baseline_loads_ = true;
  if (proving_) {
    const auto words = *std::exchange(proving_, std::nullopt);
    const bool single = todo_.back().size() == 1 && hinted_.empty();
    if (!single) halve(words);
    return;
  }
  good_.merge(todo_.back());
  todo_.pop_back();
  hinted_.clear();
}

void CaddySearch::refused(const CaddyHint& hint) {
  if (proving_ || todo_.back().empty()) {
    baseline_refused_ = hint.words;
    offenders_.clear();
    return;
  }
  if (hints_help_ && follow(hint)) return;
  if (!baseline_loads_) {
    proving_ = hint.words;
  } else {
    halve(hint.words);
  }
}

// True where the hint says what to leave out, or which part to try apart.
bool CaddySearch::follow(const CaddyHint& hint) {
  auto& batch = todo_.back();
  Batch pointed_at;
  std::ranges::set_intersection(hint.suspects, batch, std::inserter(pointed_at, pointed_at.end()));
  std::erase_if(pointed_at, [&](const Key& key) { return blamed_last_.contains(key); });
  if (pointed_at.empty()) return false;
  if (!hint.all_of_them && pointed_at.size() > 1) {
    if (pointed_at.size() == batch.size()) return false;
    for (const auto& key : pointed_at) batch.erase(key);
    todo_.insert(todo_.end() - 1, std::move(pointed_at));
    return true;
  }
  for (const auto& key : pointed_at) {
    batch.erase(key);
    offenders_[key] = hint.words;
    hinted_.insert(key);
  }
  return true;
}

void CaddySearch::halve(const std::string& words) {
  auto batch = std::move(todo_.back());
  todo_.pop_back();
  if (!hinted_.empty()) {  // leaving them out did not help: they are suspects like all others, and hints are not to be trusted
    for (const auto& key : hinted_) offenders_.erase(key);
    batch.merge(hinted_);
    hinted_.clear();
    hints_help_ = false;
  }
  if (batch.size() == 1) {
    offenders_[*batch.begin()] = words;
    return;
  }
  if (set_apart(batch)) return;
  const auto middle = std::next(batch.begin(), static_cast<std::ptrdiff_t>(batch.size() / 2));
  todo_.emplace_back(middle, batch.end());
  todo_.emplace_back(batch.begin(), middle);
}

// Those that are blamed last are tried first, without the others.
bool CaddySearch::set_apart(Batch& batch) {
  Batch first;
  std::ranges::set_intersection(batch, blamed_last_, std::inserter(first, first.end()));
  if (first.empty() || first.size() == batch.size()) return false;
  for (const auto& key : first) batch.erase(key);
  todo_.push_back(std::move(batch));
  todo_.push_back(std::move(first));
  return true;
}

}  // namespace argos
