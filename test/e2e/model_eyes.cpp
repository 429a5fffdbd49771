// SPDX-License-Identifier: Apache-2.0
// What is to be seen of the world, and whether it is what the model says.
#include <algorithm>

#include <boost/json.hpp>
#include <spdlog/fmt/fmt.h>

#include "model/deep_json.hpp"
#include "test/e2e/model_hands.hpp"

namespace argos::test {
namespace {

constexpr auto kPatience = std::chrono::seconds(60);

const boost::json::value* programmed_of(const boost::json::value& object) {
  const auto& all = object.at("status").at("conditions").as_array();
  const auto found = std::ranges::find_if(all, [](const auto& condition) { return condition.at("type") == "Programmed"; });
  return found == all.end() ? nullptr : &*found;
}

std::string name_of(const boost::json::value& object) { return std::string(object.at("metadata").at("name").as_string()); }

// The objects listed there; none where nobody answers.
std::optional<boost::json::array> listed(const World& world, const char* path) {
  const auto answer = world.api(path);
  if (answer.status != 200) return std::nullopt;
  auto json = parse_deep(answer.body);
  return json ? std::optional(json->at("items").as_array()) : std::nullopt;
}

}  // namespace

Model::Domains ModelHands::look(int index) const {
  Model::Domains out;
  for (int which = 0; which < Model::kDomains; ++which) {
    auto reply = ask(world_.http_port, {.host = domain(index, which)});
    auto& found = out[static_cast<std::size_t>(which)];
    found.status = reply.status;
    found.number = std::atoi(reply.headers["x-form"].c_str());
    if (reply.status == 200) found.backend = std::atoi(reply.body.c_str());
  }
  return out;
}

// Which certificate the host shows, where that is one that it may show.
std::optional<std::optional<int>> ModelHands::shown_pair(int index) const {
  const auto fingerprint = shown(world_.https_port, tls_name(index) + ".test");
  for (const auto& which : model_.pairs[static_cast<std::size_t>(index)].expected()) {
    if (fingerprint == (which ? brought(index, *which).made.fingerprint : "")) return which;
  }
  return std::nullopt;
}

std::optional<Model::InForce> ModelHands::in_force(const boost::json::value& running) const {
  Model::InForce out;
  for (int index = 0; index < Model::kHosts; ++index) {
    const auto at = static_cast<std::size_t>(index);
    out.found[at] = look(index);
    const auto form = model_.explains(index, out.found[at]);
    if (!form) return std::nullopt;
    out.hosts[at] = *form;
  }
  for (int index = 0; index < Model::kPairs; ++index) {
    const auto pair = shown_pair(index);
    if (!pair) return std::nullopt;
    out.pairs[static_cast<std::size_t>(index)] = *pair;
  }
  boost::system::error_code missing;
  const auto* const grace = running.find_pointer("/apps/http/grace_period", missing);
  for (const auto& form : model_.settings.expected()) {
    const auto period = to_string(Duration{std::chrono::milliseconds(*form)});
    if (grace != nullptr && *grace == boost::json::value(period)) out.settings = form;
  }
  return out.settings ? std::optional(out) : std::nullopt;
}

std::string ModelHands::wanted_document(const Model::InForce& now) const {
  auto render = *render_;
  render.set_grace_period(*now.settings);
  for (int index = 0; index < Model::kHosts; ++index) {
    const auto& form = now.hosts[static_cast<std::size_t>(index)];
    if (!form) continue;
    const auto& found = now.found[static_cast<std::size_t>(index)][static_cast<std::size_t>(form->domain)];
    render.add(name(index), domain(index, form->domain), handlers(*form));
    render.set_backend(found.status == 200 ? std::optional(found.backend) : std::nullopt);
  }
  for (int index = 0; index < Model::kPairs; ++index) {
    render.add(tls_name(index), tls_name(index) + ".test", kManualHandlers, TlsMode::manual);
    if (const auto& which = now.pairs[static_cast<std::size_t>(index)]) render.show(brought(index, *which).pair);
  }
  return normal(render.document());
}

// Policy `report`: what somebody else made of it stays until something else is wanted.
bool ModelHands::foreign_stays(const boost::json::value& running) const {
  if (!foreign_ || normal(running) != foreign_->document) return false;
  return !foreign_->seen || foreign_->wishes == model_.wishes();
}

// argos has looked at the last state of the row, and says what became of it.
bool ModelHands::condition_is_right(const boost::json::value& object, bool foreign) const {
  const auto* const programmed = programmed_of(object);
  if (programmed == nullptr || programmed->at("reason") == "Pending" || programmed->at("reason") == "") return false;
  if (programmed->at("observedGeneration") != object.at("metadata").at("generation")) return false;
  const bool is_said_to_run = programmed->at("status") == "True" && programmed->at("reason") == "Programmed";
  if (foreign) return !is_said_to_run;
  const auto index = std::ranges::find(names_, name_of(object)) - names_.begin();
  if (object.at("kind") != "Host" || index == Model::kHosts) return true;
  const auto& held = model_.hosts[static_cast<std::size_t>(index)];
  const bool has_group = model_.groups[static_cast<std::size_t>(held.form().group)].row() == Held<int>::Row::good;
  const bool is_certain = !held.is_suspended() && (has_group || held.row() == Row::bad);
  return !is_certain || is_said_to_run == held.is_as_wanted();
}

bool ModelHands::conditions_are_right(bool foreign) const {
  for (const auto* const path : {"/api/v1/hosts", "/api/v1/targetgroups"}) {
    const auto objects = listed(world_, path);
    const auto is_right = [&](const auto& object) { return condition_is_right(object, foreign); };
    if (!objects || !std::ranges::all_of(*objects, is_right)) return false;
  }
  return true;
}

bool ModelHands::rows_are_as_the_files_say() const {
  const auto hosts = listed(world_, "/api/v1/hosts");
  if (!hosts) return false;
  for (int index = Model::kFirstOfManifests; index < Model::kHosts; ++index) {
    const auto row = std::ranges::find(*hosts, name(index), name_of);
    const bool is_there = row != hosts->end();
    if (is_there == (model_.hosts[static_cast<std::size_t>(index)].row() == Row::none)) return false;
    const auto& said = files_[static_cast<std::size_t>(index)].mark;
    if (is_there && boost::json::serialize(row->at("spec")).find(said) == std::string::npos) return false;
  }
  return true;
}

bool ModelHands::only_what_is_there_is_suspended() {
  const auto held = database_->number("SELECT count(*) FROM suspensions");
  const auto is_suspended = [](const auto& host) { return host.is_suspended(); };
  return held && *held == std::ranges::count_if(model_.hosts, is_suspended);
}

// Visitors see a change before argos hears that Caddy took it. Were Caddy killed just then, nobody could say any more that it did, and
// the forms before it would stand. So does a pair that is still on record, where a certificate that makes no sense comes after one that is gone.
bool ModelHands::has_noted_what_came_of_it() {
  const auto left = database_->number(
      "SELECT (SELECT count(*) FROM tried) + "
      "(SELECT count(*) FROM certificate_files WHERE name NOT IN (SELECT name FROM host_manual_certs))");
  return left && *left == 0;
}

bool ModelHands::settles() {
  if (!world_.caddy->alive()) world_.start_caddy();
  if (!world_.server->alive()) start_argos();
  std::optional<Model::InForce> now;
  bool foreign = false;
  const auto is_as_the_model_says = [&] {
    const auto running = parse_deep(world_.caddy_config());
    if (!running) return false;
    foreign = foreign_stays(*running);
    if (foreign) return true;
    now = in_force(*running);
    return now && !must_stay_ && wanted_document(*now) == normal(*running);
  };
  const auto settled = [&] {
    return rows_are_as_the_files_say() && is_as_the_model_says() && conditions_are_right(foreign) &&
           has_noted_what_came_of_it() && only_what_is_there_is_suspended() && world_.probe("/readyz").status == 200;
  };
  if (!eventually(settled, kPatience)) return false;
  for (auto& file : files_) file.seen = !file.mark.empty();
  if (foreign) {
    foreign_->seen = true;
    foreign_->wishes = model_.wishes();
  } else {
    foreign_.reset();
    model_.settle(*now);
  }
  must_look_ = must_stay_ = false;
  looked_ = true;
  return true;
}

std::string ModelHands::differences() {
  std::string out;
  for (int index = 0; index < Model::kHosts; ++index) {
    const auto found = look(index);
    if (model_.explains(index, found)) continue;
    out += name(index) + " is served as";
    for (const auto& one : found) out += fmt::format(" {}/{}/{}", one.status, one.number, one.backend);
    out += ", and not as one of";
    for (const auto& one : model_.hosts[static_cast<std::size_t>(index)].expected()) {
      out += one ? fmt::format(" domain {} form {} group {},", one->domain, one->number, one->group) : " nothing,";
    }
    out += "\n";
  }
  for (int index = 0; index < Model::kPairs; ++index) {
    if (!shown_pair(index)) out += tls_name(index) + " shows another certificate than it should\n";
  }
  if (!rows_are_as_the_files_say()) out += "the rows are not what the files say\n";
  if (!has_noted_what_came_of_it()) out += "argos has not noted what came of it\n";
  if (!only_what_is_there_is_suspended()) out += "something is suspended that is not there, or the other way round\n";
  if (!conditions_are_right(false)) out += "conditions are wrong: " + world_.api("/api/v1/hosts").body + "\n";
  const auto running = parse_deep(world_.caddy_config());
  if (!running) return out + "Caddy does not answer\n";
  out += "Caddy runs  " + normal(*running) + "\n";
  if (must_stay_) out += "and is to run " + foreign_->document + "\n";
  if (const auto now = in_force(*running)) out += "it is to run " + wanted_document(*now) + "\n";
  return out + world_.probe("/readyz").body;
}

}  // namespace argos::test
