// SPDX-License-Identifier: Apache-2.0
#include "test/e2e/model_hands.hpp"

#include <csignal>

#include <boost/json.hpp>
#include <spdlog/fmt/fmt.h>

namespace argos::test {
namespace {

constexpr auto kPatience = std::chrono::seconds(60);
constexpr int kBusy = 10'000;  // milliseconds

}  // namespace

ModelHands::ModelHands(std::uint64_t seed) : random_(static_cast<std::uint32_t>(seed)) {
  backends_.start();
  boost::json::object servers;
  for (std::size_t at = 0; at < backend_ports_.size(); ++at) {
    backend_ports_[at] = free_port();
    servers[fmt::format("b{}", at)] = boost::json::parse(fmt::format(
        R"({{"listen":[":{}"],"automatic_https":{{"disable":true}},"routes":[{{"handle":[{{"handler":"static_response","body":"{}"}}]}}]}})",
        backend_ports_[at], at));
  }
  const boost::json::value apps{{"http", {{"servers", servers}}}};
  if (backends_.admin("POST", "/config/apps", boost::json::serialize(apps)).status != 200) {
    throw std::runtime_error("the backends do not start: " + backends_.log());
  }
  for (int index = 0; index < Model::kHosts; ++index) {
    names_[static_cast<std::size_t>(index)] = (index < Model::kFirstOfManifests ? "s" : "m") + std::to_string(index);
  }
  // Were it the last file, its removal would be doubted.
  world_.manifest("keep.yaml", World::host("keep", "keep.test", "keep"));
  world_.start_caddy();
  start_argos();
  world_.until_ready();
  database_ = Database::open(world_.folder / "data/argos.db", Database::Mode::read_write, kBusy).value();
}

std::string ModelHands::handlers(const HostForm& form) {
  return fmt::format(R"([{{"handler":"headers","response":{{"set":{{"X-Form":["{}"],"X-Mark":["{}"]}}}}}}])", form.number,
                     mark(form.number));
}

std::string ModelHands::bad_handlers(int number) {
  switch (below(3)) {
    case 0: return fmt::format(R"([{{"handler":"nope","x":"{}"}}])", mark(number));
    case 1: return fmt::format(R"([{{"handler":"file_server","unknown_field":"{}"}}])", mark(number));
    default:
      return fmt::format(R"([{{"handler":"headers","response":{{"replace":{{"X":[{{"search_regexp":"({}"}}]}}}}}}])",
                         mark(number));
  }
}

void ModelHands::sql(std::string_view statement, const Cells& parameters) {
  if (const auto done = database_->run(statement, parameters); !done) throw std::runtime_error(done.error().text());
}

void ModelHands::put_row(int index, const HostForm& form, const std::string& text) {
  sql("INSERT INTO hosts (name, domain, target_group, tls_mode, caddy_handlers, managed_by) VALUES (?, ?, ?, 'none', ?, "
      "'panel') "
      "ON CONFLICT (name) DO UPDATE SET domain = excluded.domain, target_group = excluded.target_group, tls_mode = 'none', "
      "caddy_handlers = excluded.caddy_handlers",
      cells(name(index), domain(index, form.domain), fmt::format("g{}", form.group), text));
}

// As a careful editor does it: nobody ever reads half of it.
void ModelHands::save_file(int index, const std::string& text) const {
  const auto next = world_.folder.write("next.yaml", text);
  std::filesystem::rename(next, world_.folder / ("manifests/" + name(index) + ".yaml"));
}

void ModelHands::save_host(int index, const HostForm& form, const std::string& text) const {
  save_file(
      index,
      fmt::format("apiVersion: argos.edge/v1\nkind: Host\nmetadata: {{name: {}}}\nspec:\n  domain: {}\n  targetGroup: g{}\n"
                  "  tls: {{mode: none}}\n  caddyHandlers: {}\n",
                  name(index), domain(index, form.domain), form.group, text));
}

void ModelHands::start_argos() {
  constexpr std::size_t kKept = 2;
  if (world_.server) former_logs_.push_back(world_.server->log());
  if (former_logs_.size() > kKept) former_logs_.pop_front();
  world_.start_argos();
  foreign_loads_ = 0;
}

std::string ModelHands::logs() const {
  std::string out;
  for (const auto& log : former_logs_) out += log + "--- killed\n";
  return out + world_.server->log();
}

std::array<Found, Model::kDomains> ModelHands::look(int index) const {
  std::array<Found, Model::kDomains> out;
  for (int which = 0; which < Model::kDomains; ++which) {
    auto reply = ask(world_.http_port, {.host = domain(index, which)});
    auto& found = out[static_cast<std::size_t>(which)];
    found.status = reply.status;
    if (reply.status != 200) continue;
    found.number = std::atoi(reply.headers["x-form"].c_str());
    found.backend = std::atoi(reply.body.c_str());
  }
  return out;
}

bool ModelHands::is_as_the_model_says(std::array<Model::Candidates, Model::kHosts>& forms) const {
  for (int index = 0; index < Model::kHosts; ++index) {
    auto& explained = forms[static_cast<std::size_t>(index)];
    explained = model_.explains(index, look(index));
    if (explained.empty()) return false;
  }
  return true;
}

// argos has looked at the last state of every row, and the rows are what the files say.
bool ModelHands::conditions_are_current() const {
  std::map<std::string, boost::json::value> hosts;
  for (const auto* const path : {"/api/v1/hosts", "/api/v1/targetgroups"}) {
    const auto listed = world_.api(path);
    boost::system::error_code bad;
    const auto json = boost::json::parse(listed.body, bad);
    if (bad || listed.status != 200) return false;
    for (const auto& item : json.at("items").as_array()) {
      bool current = false;
      for (const auto& condition : item.at("status").at("conditions").as_array()) {
        current = current || (condition.at("type") == "Programmed" && condition.at("reason") != "Pending" &&
                              condition.at("observedGeneration") == item.at("metadata").at("generation"));
      }
      if (!current) return false;
      hosts[std::string(item.at("metadata").at("name").as_string())] = item;
    }
  }
  for (int index = Model::kFirstOfManifests; index < Model::kHosts; ++index) {
    const auto& held = model_.hosts[static_cast<std::size_t>(index)];
    const auto row = hosts.find(name(index));
    if ((held.row() == Row::none) != (row == hosts.end())) return false;
    const auto& said = files_[static_cast<std::size_t>(index)].mark;
    if (row != hosts.end() && boost::json::serialize(row->second.at("spec")).find(said) == std::string::npos) return false;
  }
  return true;
}

// Visitors see a change before argos hears that Caddy took it. Were Caddy killed just then, nobody could say any more that it did, and
// the forms before it would stand.
bool ModelHands::has_noted_what_came_of_it() {
  const auto tried = database_->number("SELECT count(*) FROM tried");
  return tried && *tried == 0;
}

bool ModelHands::settles() {
  if (!world_.caddy->alive()) world_.start_caddy();
  if (!world_.server->alive()) start_argos();
  std::array<Model::Candidates, Model::kHosts> forms;
  const bool settled = eventually(
      [&] {
        return conditions_are_current() && is_as_the_model_says(forms) && has_noted_what_came_of_it() &&
               world_.probe("/readyz").status == 200;
      },
      kPatience);
  if (!settled) return false;
  model_.settle(std::move(forms));
  for (auto& file : files_) file.seen = !file.mark.empty();
  return true;
}

std::string ModelHands::differences() const {
  std::string out = conditions_are_current() ? "" : "argos has not seen everything; ";
  for (int index = 0; index < Model::kHosts; ++index) {
    const auto found = look(index);
    if (!model_.explains(index, found).empty()) continue;
    out += name(index) + " is served as";
    for (const auto& one : found) out += fmt::format(" {}/{}/{}", one.status, one.number, one.backend);
    out += ", and not as one of";
    for (const auto& one : model_.hosts[static_cast<std::size_t>(index)].expected()) {
      out += one ? fmt::format(" domain {} form {} group {},", one->domain, one->number, one->group) : " nothing,";
    }
    out += "\n";
  }
  return out + world_.probe("/readyz").body;
}

}  // namespace argos::test
