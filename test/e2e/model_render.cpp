// SPDX-License-Identifier: Apache-2.0
#include "test/e2e/model_render.hpp"

#include <algorithm>

#include "controllers/caddy_admin.hpp"
#include "controllers/certificate_folder.hpp"
#include "model/canonical_json.hpp"
#include "model/x509.hpp"

namespace argos::test {
namespace {

constexpr std::size_t kPairDigits = 12;

CaddyAbilities abilities_of(const std::string& admin) {
  boost::asio::io_context context;
  BeastHttpClient http;
  CaddyAdmin caddy(http, Endpoint::parse(admin).value());
  return run(context, caddy.abilities()).value();
}

std::string name_of_backend(int backend) { return "b" + std::to_string(backend); }

void sort_routes(boost::json::value& server) {
  auto& routes = server.at("routes").as_array();
  if (routes.empty()) return;
  std::ranges::sort(routes.begin(), routes.end() - 1, {}, [](const auto& route) { return canonical_json(route); });
}

}  // namespace

BroughtPair bring_pair(const std::string& host, const std::string& domain) {
  BroughtPair out{make_certificate(domain), {}};
  FieldErrors errors;
  const auto examined = examine(out.made.certificate, "", out.made.key, std::nullopt, errors).value();
  const auto crt = examined.leaf + examined.chain;
  out.pair = {host, pair_id(crt, examined.key), sha256_hex(crt).substr(0, kPairDigits), examined.facts.names};
  return out;
}

ModelRender::ModelRender(const CertificateWorld& world, const std::vector<int>& backend_ports)
    : abilities_(abilities_of(world.admin)) {
  surroundings_.admin = {{"listen", "127.0.0.1:" + std::to_string(world.admin_port)}};
  surroundings_.http_port = world.http_port;
  surroundings_.https_port = world.https_port;
  surroundings_.access_log = world.folder / "log/access.log";
  surroundings_.errors_log = world.folder / "log/errors.log";
  surroundings_.certificates_folder = world.certs();
  for (std::size_t at = 0; at < backend_ports.size(); ++at) {
    Object<TargetGroup> group;
    group.meta.name = name_of_backend(static_cast<int>(at));
    group.spec.targets = {{.host = "127.0.0.1", .port = backend_ports[at]}};
    desired_.target_groups.push_back(std::move(group));
  }
}

void ModelRender::add(const std::string& name, const std::string& domain, const std::string& handlers, TlsMode mode) {
  Object<Host> host;
  host.meta.name = name;
  host.spec.domain = domain;
  host.spec.tls.mode = mode;
  host.spec.caddy_handlers = boost::json::parse(handlers).as_array();
  desired_.hosts.push_back(std::move(host));
}

void ModelRender::set_backend(std::optional<int> backend) {
  desired_.hosts.back().spec.target_group = backend ? name_of_backend(*backend) : "nobody";
}

void ModelRender::show(const CertificatePair& pair) {
  Object<CertificatePair> certificate;
  certificate.meta.name = pair.host;
  certificate.spec = pair;
  desired_.certificates.push_back(std::move(certificate));
}

std::string normal(boost::json::value document) {
  boost::system::error_code missing;
  auto* const servers = document.find_pointer("/apps/http/servers", missing);
  if (servers != nullptr && servers->is_object()) {
    for (auto& server : servers->get_object()) sort_routes(server.value());
  }
  return canonical_json(document);
}

}  // namespace argos::test
