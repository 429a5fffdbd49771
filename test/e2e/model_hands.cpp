// SPDX-License-Identifier: Apache-2.0
#include "test/e2e/model_hands.hpp"

#include <boost/json.hpp>
#include <spdlog/fmt/fmt.h>

#include "runtime/key_ring.hpp"

namespace argos::test {
namespace {

constexpr int kBackends = 4;
constexpr int kBusy = 10'000;  // milliseconds

}  // namespace

ModelHands::ModelHands(std::uint64_t seed) : random_(static_cast<std::uint32_t>(seed)) {
  backends_.start();
  boost::json::object servers;
  for (int at = 0; at < kBackends; ++at) {
    backend_ports_.push_back(free_port());
    servers[fmt::format("b{}", at)] = boost::json::parse(fmt::format(
        R"({{"listen":[":{}"],"automatic_https":{{"disable":true}},"routes":[{{"handle":[{{"handler":"static_response","body":"{}"}}]}}]}})",
        backend_ports_.back(), at));
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
  render_.emplace(world_, backend_ports_);
  render_->add("keep", "keep.test", R"([{"handler":"static_response","body":"keep"}])");
  start_argos();
  world_.until_ready();
  database_ = Database::open(world_.folder / "data/argos.db", Database::Mode::read_write, kBusy).value();
  put_manual_hosts();
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

void ModelHands::put_pair(int index, const std::string& certificate, const std::string& key) {
  static const KeyRing kRing(CertificateWorld::kMasterKey, {});
  sql("INSERT INTO host_manual_certs (name, host, cert_pem, key_pem_encrypted) VALUES (?1, ?1, ?2, ?3) "
      "ON CONFLICT (name) DO UPDATE SET cert_pem = excluded.cert_pem, key_pem_encrypted = excluded.key_pem_encrypted",
      cells(tls_name(index), certificate, kRing.seal({"Certificate", tls_name(index), "key"}, key).value()));
}

void ModelHands::put_manual_hosts() {
  for (int index = 0; index < Model::kPairs; ++index) {
    for (auto& pair : brought_[static_cast<std::size_t>(index)]) pair = bring_pair(tls_name(index), tls_name(index) + ".test");
    sql("INSERT INTO hosts (name, domain, tls_mode, caddy_handlers) VALUES (?, ?, 'manual', ?)",
        cells(tls_name(index), tls_name(index) + ".test", kManualHandlers));
  }
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

}  // namespace argos::test
