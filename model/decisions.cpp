// SPDX-License-Identifier: Apache-2.0
#include "model/decisions.hpp"

#include <vector>

namespace argos {
namespace {

Error not_a_stream() {
  return {"NotCrowdSec", "what answers there is no stream of decisions", "is CROWDSEC_LAPI_URL CrowdSec's local API?"};
}

std::string text_of(const boost::json::object& decision, std::string_view field) {
  const auto* const held = decision.if_contains(field);
  return held != nullptr && held->is_string() ? std::string(held->get_string()) : std::string();
}

std::string name_of(const boost::json::object& decision) {
  return text_of(decision, "scope") + " " + text_of(decision, "value") + " " + text_of(decision, "type");
}

// CrowdSec writes null for none.
const boost::json::array* list_of(const boost::json::object& answer, std::string_view field) {
  static const boost::json::array kNone;
  const auto* const held = answer.if_contains(field);
  if (held == nullptr) return nullptr;
  return held->is_null() ? &kNone : held->if_array();
}

}  // namespace

Result<> Decisions::take(std::string_view answer) {
  boost::system::error_code bad;
  const auto parsed = boost::json::parse(answer, bad);
  if (bad || !parsed.is_object()) return not_a_stream();
  const auto* const deleted = list_of(parsed.get_object(), "deleted");
  const auto* const fresh = list_of(parsed.get_object(), "new");
  if (deleted == nullptr || fresh == nullptr) return not_a_stream();
  for (const auto& decision : *deleted) {
    if (decision.is_object()) origins_.erase(name_of(decision.get_object()));
  }
  for (const auto& decision : *fresh) {
    if (decision.is_object()) origins_[name_of(decision.get_object())] = text_of(decision.get_object(), "origin");
  }
  return {};
}

std::map<std::string, std::int64_t> Decisions::by_origin() const {
  std::map<std::string, std::int64_t> out;
  for (const auto& [name, origin] : origins_) ++out[origin];
  return out;
}

}  // namespace argos
