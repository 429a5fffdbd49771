// SPDX-License-Identifier: Apache-2.0
#include "test/e2e/fleet.hpp"

#include "test/support/caddy.hpp"

namespace argos::test {
namespace {

constexpr auto kPatience = std::chrono::seconds(60);

boost::json::value host_with(int host, boost::json::value handler) {
  return {{"apiVersion", "argos.edge/v1"},
          {"kind", "Host"},
          {"metadata", {{"name", Fleet::name(host)}}},
          {"spec",
           {{"domain", Fleet::domain(host)},
            {"tls", {{"mode", "none"}}},
            {"caddyHandlers", boost::json::array{std::move(handler)}}}}};
}

}  // namespace

boost::json::value Fleet::good(int host, int form) {
  return host_with(host, {{"handler", "static_response"}, {"body", answer(host, form)}});
}

boost::json::value Fleet::bad(int host) {
  switch (host % kBadKinds) {
    case 0: return host_with(host, {{"handler", "nope"}});
    case 1: return host_with(host, {{"handler", "file_server"}, {"unknown_field", 1}});
    default:
      return host_with(host,
                       boost::json::parse(R"({"handler":"headers","response":{"replace":{"X":[{"search_regexp":"("}]}}})"));
  }
}

void Fleet::apply(boost::json::array objects) const {
  const auto answer = http("unix://" + (world_.folder / "data/argos.sock"), "/api/v1/apply", {}, "POST",
                           boost::json::serialize(boost::json::value{{"objects", std::move(objects)}}));
  if (answer.status != 200) throw std::runtime_error("apply: " + answer.body + world_.server->log());
}

void Fleet::raise() {
  boost::json::array objects;
  for (int host = 0; host < hosts(); ++host) objects.push_back(good(host, 0));
  apply(std::move(objects));
  if (!eventually([&] { return is_settled(); }, kPatience)) throw std::runtime_error("not served: " + missing());
}

void Fleet::change(int first, int count, int form) {
  boost::json::array objects;
  for (const int host : refused_) {  // mended by the way
    objects.push_back(good(host, form));
    forms_[static_cast<std::size_t>(host)] = form;
  }
  std::set<int> refused;
  for (int at = 0; at < count; ++at) {
    const int host = (first + at) % hosts();
    if (refused_.contains(host)) continue;
    if (static_cast<int>(refused.size()) < kBadKinds) {
      refused.insert(host);
      objects.push_back(bad(host));
    } else {
      forms_[static_cast<std::size_t>(host)] = form;
      objects.push_back(good(host, form));
    }
  }
  apply(std::move(objects));
  refused_ = std::move(refused);
}

bool Fleet::serves(int host) const {
  const auto reply = ask(world_.http_port, {.host = domain(host)});
  return reply.status == 200 && reply.body == answer(host, form(host));
}

bool Fleet::serves_all() const {
  for (int host = 0; host < hosts(); ++host) {
    if (!serves(host)) return false;
  }
  return true;
}

std::string Fleet::missing() const {
  std::string out;
  int count = 0;
  for (int host = 0; host < hosts(); ++host) {
    if (serves(host)) continue;
    if (++count <= 5) out += domain(host) + ": " + ask(world_.http_port, {.host = domain(host)}).body + "; ";
  }
  return std::to_string(count) + " hosts: " + out + world_.probe("/readyz").body;
}

bool Fleet::conditions_are_right() const {
  const auto listed = world_.api("/api/v1/hosts");
  boost::system::error_code bad;
  const auto json = boost::json::parse(listed.body, bad);
  if (bad || listed.status != 200) return false;
  std::set<std::string> refused;
  for (const int host : refused_) refused.insert(name(host));
  for (const auto& host : json.at("items").as_array()) {
    const bool is_refused = refused.contains(std::string(host.at("metadata").at("name").as_string()));
    for (const auto& condition : host.at("status").at("conditions").as_array()) {
      if (condition.at("type") != "Programmed") continue;
      const bool current = condition.at("observedGeneration") == host.at("metadata").at("generation");
      if (!current || condition.at("reason") != (is_refused ? "RejectedByCaddy" : "Programmed")) return false;
    }
  }
  return true;
}

bool Fleet::is_settled() const {
  // From the far end first: what is not there yet is seen at once.
  return (hosts() == 0 || serves(hosts() - 1)) && conditions_are_right() && serves_all();
}

}  // namespace argos::test
