// SPDX-License-Identifier: Apache-2.0
// What may be done to certificates and settings, done to the model too.
#include <spdlog/fmt/fmt.h>

#include "model/duration.hpp"
#include "test/e2e/model_hands.hpp"

namespace argos::test {

std::string ModelHands::bring() {
  const int index = below(Model::kPairs), which = below(kBrought);
  put_pair(index, brought(index, which).made.certificate, brought(index, which).made.key);
  pair(index).become(which);
  return fmt::format("{} gets certificate {}", tls_name(index), which);
}

// A certificate with another one's key, or none at all.
std::string ModelHands::spoil() {
  const int index = below(Model::kPairs);
  if (pair(index).row() == Held<int>::Row::none) return bring();
  const auto& made = brought(index, 0).made;
  put_pair(index, below(2) == 0 ? made.certificate : "nonsense", brought(index, 1).made.key);
  pair(index).become_bad();
  return tls_name(index) + " gets a certificate that is none";
}

std::string ModelHands::withdraw() {
  const int index = below(Model::kPairs);
  sql("DELETE FROM host_manual_certs WHERE name = ?", cells(tls_name(index)));
  pair(index).vanish();
  return tls_name(index) + " loses its certificate";
}

std::string ModelHands::edit_settings() {
  constexpr int kLeast = 1000;  // milliseconds
  const int period = kLeast + ++settings_;
  sql("INSERT INTO settings (name, grace_period) VALUES ('default', ?) "
      "ON CONFLICT (name) DO UPDATE SET grace_period = excluded.grace_period",
      cells(to_string(Duration{std::chrono::milliseconds(period)})));
  model_.settings.become(period);
  return fmt::format("the grace period becomes {} ms", period);
}

std::string ModelHands::break_settings() {
  sql("INSERT INTO settings (name, grace_period) VALUES ('default', 'soon') "
      "ON CONFLICT (name) DO UPDATE SET grace_period = excluded.grace_period",
      {});
  model_.settings.become_bad();
  return "the settings are broken";
}

// With `heal` what was left as somebody else made it is put right.
std::string ModelHands::change_policy() {
  reports_ = !reports_;
  sql("INSERT INTO settings (name) VALUES ('default') ON CONFLICT DO NOTHING", {});
  sql("UPDATE settings SET drift_caddy = ?1, drift_manifests = ?1", cells(reports_ ? "report" : "heal"));
  if (!reports_) {
    foreign_.reset();
    for (int index = Model::kFirstOfManifests; index < Model::kHosts; ++index) {
      if (const auto wanted = std::exchange(file(index).drifted, std::nullopt)) {
        host(index).become(*wanted);
        if (!file(index).mark.empty()) file(index).mark = mark(wanted->number);
      }
    }
  }
  must_look_ = true;
  return reports_ ? "the policy is report" : "the policy is heal";
}

}  // namespace argos::test
