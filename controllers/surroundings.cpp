// SPDX-License-Identifier: Apache-2.0
#include "controllers/surroundings.hpp"

#include <spdlog/spdlog.h>

namespace argos {

Task<Result<Next>> Surroundings::reconcile(const Key&) {
  auto job = [look = look_] { return look(); };
  const auto seen = co_await workers_.run(std::move(job));
  for (const auto& one : seen) say(one);
  co_return Next::on_change();
}

void Surroundings::say(const Observation& one) {
  const Key self{Kind::controller, std::string(name())};
  const bool well = one.found.outcome == Diagnosis::Outcome::ok;
  const bool known = conditions_.find(self, one.condition) != nullptr;
  const bool moved = conditions_.set(
      self, {one.condition, well ? Status::yes : Status::no, well ? "AsItShouldBe" : one.reason, one.found.text(), 0, {}});
  if (!well && (moved || !known)) spdlog::warn("surroundings: {}: {}", one.reason, one.found.text());
  if (well && moved && known) spdlog::info("surroundings: {} again: {}", one.condition, one.found.message);
}

}  // namespace argos
