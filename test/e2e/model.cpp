// SPDX-License-Identifier: Apache-2.0
#include "test/e2e/model.hpp"

#include <algorithm>

namespace argos::test {

bool Model::anybody_kept() const {
  return std::ranges::any_of(hosts,
                             [](const auto& host) { return host.row() != Held<HostForm>::Row::none && !host.is_as_wanted(); });
}

// Nothing: nobody answers. A group that is gone leads nowhere, unless a host that keeps its former form holds on to it.
std::set<std::optional<int>> Model::backends_of(int host, int group_index) const {
  const auto& group = groups[static_cast<std::size_t>(group_index)];
  auto out = group.expected();
  const bool kept = group.row() == Held<int>::Row::none && anybody_kept();
  if (kept || hosts[static_cast<std::size_t>(host)].is_suspended()) out.insert(group.may_be().begin(), group.may_be().end());
  return out;
}

std::optional<std::optional<HostForm>> Model::explains(int index, const Domains& found) const {
  const auto at = static_cast<std::size_t>(index);
  const auto missing = std::ranges::count_if(found, [](const Found& one) { return one.status == 404; });
  for (const auto& form : hosts[at].expected()) {
    if (!form && missing == kDomains) return form;
    if (!form || missing != kDomains - 1) continue;
    const auto& answer = found[static_cast<std::size_t>(form->domain)];
    if (answer.number != form->number) continue;
    const bool frozen = hosts[at].is_suspended() && frozen_[at];
    if (frozen && frozen_[at] == answer) return form;
    if (frozen && !thawed_[at]) continue;
    const auto fits = [&](const std::optional<int>& backend) {
      return answer == (backend ? Found{200, form->number, *backend} : Found{503, form->number, 0});
    };
    if (std::ranges::any_of(backends_of(index, form->group), fits)) return form;
  }
  return std::nullopt;
}

void Model::settle(const InForce& now) {
  for (std::size_t at = 0; at < hosts.size(); ++at) {
    const auto& form = now.hosts[at];
    hosts[at].settle(form);
    frozen_[at].reset();
    if (form && hosts[at].is_suspended()) frozen_[at] = now.found[at][static_cast<std::size_t>(form->domain)];
    thawed_[at] = false;
  }
  for (std::size_t at = 0; at < pairs.size(); ++at) pairs[at].settle(now.pairs[at]);
  settings.settle(now.settings);
  for (auto& group : groups) {
    if (group.row() == Held<int>::Row::good) group.settle(group.form());
    if (group.row() == Held<int>::Row::none && !anybody_kept()) group.settle(std::nullopt);
  }
}

void Model::resume(int index) {
  hosts[static_cast<std::size_t>(index)].resume();
  thawed_[static_cast<std::size_t>(index)] = true;
}

bool Model::anybody_suspended() const { return std::ranges::any_of(hosts, &Held<HostForm>::is_suspended); }

void Model::lose_routes() { thawed_.fill(true); }

std::array<std::optional<HostForm>, Model::kHosts> Model::wishes() const {
  std::array<std::optional<HostForm>, kHosts> out;
  for (std::size_t at = 0; at < hosts.size(); ++at) {
    if (hosts[at].is_as_wanted()) out[at] = hosts[at].form();
  }
  return out;
}

}  // namespace argos::test
