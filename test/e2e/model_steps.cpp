// SPDX-License-Identifier: Apache-2.0
// Each thing that may be done to the world, done to the model too.
#include <csignal>
#include <numeric>
#include <utility>

#include <boost/json.hpp>
#include <spdlog/fmt/fmt.h>

#include "test/e2e/model_hands.hpp"

namespace argos::test {
namespace {

constexpr int kMostForeignLoads = 2;

}  // namespace

std::string ModelHands::step() {
  if (std::exchange(looked_, false)) {  // what can be told for certain only where nothing else has moved
    constexpr int kSeldom = 8;
    const int chance = below(kSeldom);
    if (chance == 0) return change_policy();
    if (chance == 1 && reports_ && !foreign_ && !model_.anybody_suspended()) return load_foreign_to_stay();
  }
  struct Choice {
    int weight;
    std::string (ModelHands::*deed)();
  };
  static constexpr Choice kChoices[] = {
      {20, &ModelHands::edit},         {8, &ModelHands::edit_badly},     {5, &ModelHands::make_nonsense},
      {5, &ModelHands::remove},        {5, &ModelHands::rename},         {3, &ModelHands::suspend},
      {4, &ModelHands::resume},        {12, &ModelHands::save},          {6, &ModelHands::save_badly},
      {4, &ModelHands::save_nonsense}, {3, &ModelHands::remove_file},    {5, &ModelHands::change_behind},
      {8, &ModelHands::edit_group},    {3, &ModelHands::break_group},    {3, &ModelHands::remove_group},
      {5, &ModelHands::bring},         {2, &ModelHands::spoil},          {2, &ModelHands::withdraw},
      {3, &ModelHands::edit_settings}, {2, &ModelHands::break_settings}, {2, &ModelHands::kill_argos},
      {1, &ModelHands::kill_caddy},    {1, &ModelHands::load_foreign},
  };
  static constexpr int kAll = std::accumulate(std::begin(kChoices), std::end(kChoices), 0,
                                              [](int sum, const Choice& choice) { return sum + choice.weight; });
  int at = below(kAll);
  const auto* choice = std::begin(kChoices);
  for (; at >= choice->weight; ++choice) at -= choice->weight;
  return (this->*choice->deed)();
}

std::string ModelHands::edit() {
  const int index = below(Model::kFirstOfManifests);
  const auto form = any_form();
  put_row(index, form, handlers(form));
  host(index).become(form);
  return fmt::format("{} gets form {}", name(index), form.number);
}

std::string ModelHands::edit_badly() {
  const int index = below(Model::kFirstOfManifests);
  const auto text = bad_handlers(++forms_);
  put_row(index, any_form(), text);
  host(index).become_bad();
  return fmt::format("{} gets {}", name(index), text);
}

std::string ModelHands::make_nonsense() {
  const int index = below(Model::kFirstOfManifests);
  if (host(index).row() == Row::none) return edit();
  constexpr const char* kNonsense[] = {"domain = 'not a domain'", "tls_mode = 'bogus'", "caddy_handlers = '{\"a\": 1}'"};
  const std::string what = kNonsense[below(3)];
  sql("UPDATE hosts SET " + what + " WHERE name = ?", cells(name(index)));
  host(index).become_bad();
  return fmt::format("{}: {}", name(index), what);
}

std::string ModelHands::remove() {
  const int index = below(Model::kFirstOfManifests);
  sql("DELETE FROM hosts WHERE name = ?", cells(name(index)));
  host(index).vanish();
  if (host(index).is_suspended()) {  // no longer, once argos has seen that it is gone
    host(index).resume();
    must_look_ = true;
  }
  return name(index) + " is deleted";
}

std::string ModelHands::rename() {
  const int index = below(Model::kFirstOfManifests);
  if (host(index).is_suspended()) return resume();  // it is the name that is
  const auto before = name(index);
  auto& now = names_[static_cast<std::size_t>(index)];
  now = before.ends_with("x") ? before.substr(0, before.size() - 1) : before + "x";
  sql("UPDATE hosts SET name = ? WHERE name = ?", cells(now, before));
  host(index).rename();
  return before + " is renamed to " + now;
}

std::string ModelHands::save() {
  const int index = Model::kFirstOfManifests + below(Model::kHosts - Model::kFirstOfManifests);
  const auto form = any_form();
  save_host(index, form, handlers(form));
  host(index).become(form);
  file(index) = {mark(form.number), false};
  return fmt::format("{}.yaml has form {}", name(index), form.number);
}

std::string ModelHands::save_badly() {
  const int index = Model::kFirstOfManifests + below(Model::kHosts - Model::kFirstOfManifests);
  const auto text = bad_handlers(++forms_);
  file(index) = {mark(forms_), false};
  save_host(index, any_form(), text);
  host(index).become_bad();
  return fmt::format("{}.yaml has {}", name(index), text);
}

// Its row stays as it is.
std::string ModelHands::save_nonsense() {
  const int index = Model::kFirstOfManifests + below(Model::kHosts - Model::kFirstOfManifests);
  if (!file(index).seen || host(index).row() == Row::none) return save();
  save_file(index, "kind: Host\n  metadata: [");
  file(index) = {.mark = {}, .drifted = file(index).drifted};
  return name(index) + ".yaml is broken";
}

std::string ModelHands::remove_file() {
  const int index = Model::kFirstOfManifests + below(Model::kHosts - Model::kFirstOfManifests);
  std::filesystem::remove(world_.folder / ("manifests/" + name(index) + ".yaml"));
  file(index) = {};
  host(index).vanish();
  return name(index) + ".yaml is removed";
}

// Somebody changes the row of a host that comes from a file: it is put back, or, where that is the policy, left.
std::string ModelHands::change_behind() {
  const int index = Model::kFirstOfManifests + below(Model::kHosts - Model::kFirstOfManifests);
  if (file(index).mark.empty() || host(index).row() != Row::good) return save();
  if (reports_ && !file(index).seen) return save();  // a file that changed wins
  const auto before = host(index).form();
  const auto other = any_form();
  sql("UPDATE hosts SET domain = ?, target_group = ?, caddy_handlers = ? WHERE name = ?",
      cells(domain(index, other.domain), fmt::format("g{}", other.group), handlers(other), name(index)));
  host(index).become(other);
  file(index).seen = false;
  if (reports_) {
    if (!file(index).drifted) file(index).drifted = before;
    file(index).mark = mark(other.number);
  } else {
    host(index).become(before);
  }
  return fmt::format("{} is changed behind its file to form {}", name(index), other.number);
}

std::string ModelHands::suspend() {
  const int index = below(Model::kFirstOfManifests);
  if (host(index).row() == Row::none || host(index).is_suspended()) return edit();
  sql("INSERT INTO suspensions (kind, name, since) VALUES ('hosts', ?, 0)", cells(name(index)));
  host(index).suspend();
  return name(index) + " is suspended";
}

std::string ModelHands::resume() {
  const int index = below(Model::kFirstOfManifests);
  if (!host(index).is_suspended()) return edit();
  sql("DELETE FROM suspensions WHERE kind = 'hosts' AND name = ?", cells(name(index)));
  model_.resume(index);
  return name(index) + " is resumed";
}

std::string ModelHands::edit_group() {
  const int index = below(Model::kGroups), backend = below(static_cast<int>(backend_ports_.size()));
  const auto targets = fmt::format(R"([{{"host":"127.0.0.1","port":{},"weight":1,"enabled":true}}])",
                                   backend_ports_[static_cast<std::size_t>(backend)]);
  sql("INSERT INTO target_groups (name, targets) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET targets = excluded.targets",
      cells(fmt::format("g{}", index), targets));
  model_.groups[static_cast<std::size_t>(index)].become(backend);
  return fmt::format("g{} leads to {}", index, backend);
}

std::string ModelHands::break_group() {
  const int index = below(Model::kGroups);
  auto& group = model_.groups[static_cast<std::size_t>(index)];
  if (group.row() == Held<int>::Row::none) return edit_group();
  sql("UPDATE target_groups SET targets = '[{\"host\": \"\", \"port\": 99999}]' WHERE name = ?",
      cells(fmt::format("g{}", index)));
  group.become_bad();
  return fmt::format("g{} is broken", index);
}

std::string ModelHands::remove_group() {
  const int index = below(Model::kGroups);
  sql("DELETE FROM target_groups WHERE name = ?", cells(fmt::format("g{}", index)));
  model_.groups[static_cast<std::size_t>(index)].vanish();
  return fmt::format("g{} is deleted", index);
}

std::string ModelHands::kill_argos() {
  world_.server->signal(SIGKILL);
  world_.server->wait();
  if (below(2) == 0) start_argos();
  return "argos is killed";
}

std::string ModelHands::kill_caddy() {
  world_.caddy->signal(SIGKILL);
  world_.caddy->wait();
  foreign_.reset();
  model_.lose_routes();
  if (below(2) == 0) world_.start_caddy();
  return "Caddy is killed";
}

std::string ModelHands::load_foreign() {
  if (!world_.caddy->alive()) return edit();
  const auto document = fmt::format(
      R"({{"admin":{{"listen":"127.0.0.1:{}"}},"apps":{{"http":{{"servers":{{"theirs":{{"listen":[":{}"],"routes":[{{"handle":[{{"handler":"static_response","body":"{}"}}]}}]}}}}}}}}}})",
      world_.admin_port, world_.http_port, ++forms_);
  http(world_.admin, "/load", {}, "POST", document);
  model_.lose_routes();
  if (reports_) foreign_ = Foreign{normal(boost::json::parse(document))};
  if (++foreign_loads_ < kMostForeignLoads) return "somebody else loads another document";
  return "somebody else loads another document; " + kill_argos();
}

std::string ModelHands::load_foreign_to_stay() {
  must_look_ = must_stay_ = true;
  return load_foreign() + ", which stays";
}

}  // namespace argos::test
