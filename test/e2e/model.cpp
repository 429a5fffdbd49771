// SPDX-License-Identifier: Apache-2.0
#include "test/e2e/model.hpp"

#include <algorithm>

namespace argos::test {

bool Model::anybody_kept() const {
  return std::ranges::any_of(hosts, [](const auto& host) { return host.row() == Held<HostForm>::Row::bad; });
}

// A group that is gone leads nowhere, unless a host that keeps its former form holds on to it.
bool Model::leads_to(const HostForm& form, const Found& found) const {
  const auto& group = groups[static_cast<std::size_t>(form.group)];
  auto expected = group.expected();
  if (group.row() == Held<int>::Row::none && anybody_kept()) expected.insert(group.may_be().begin(), group.may_be().end());
  return std::ranges::any_of(expected, [&](const std::optional<int>& backend) {
    return backend ? found == Found{200, form.number, *backend} : found.status == 503;
  });
}

Model::Candidates Model::explains(int host, const std::array<Found, kDomains>& found) const {
  const auto missing = std::ranges::count_if(found, [](const Found& one) { return one.status == 404; });
  Candidates out;
  for (const auto& candidate : hosts[static_cast<std::size_t>(host)].expected()) {
    const bool fits = candidate
                          ? missing == kDomains - 1 && leads_to(*candidate, found[static_cast<std::size_t>(candidate->domain)])
                          : missing == kDomains;
    if (fits) out.insert(candidate);
  }
  return out;
}

void Model::settle(std::array<Candidates, kHosts> forms) {
  for (std::size_t host = 0; host < forms.size(); ++host) hosts[host].settle(std::move(forms[host]));
  for (auto& group : groups) {
    if (group.row() == Held<int>::Row::good) group.settle({group.form()});
    if (group.row() == Held<int>::Row::none && !anybody_kept()) group.settle({std::nullopt});
  }
}

}  // namespace argos::test
