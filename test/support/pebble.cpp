// SPDX-License-Identifier: Apache-2.0
#include "test/support/pebble.hpp"

#include <csignal>

#include <boost/json.hpp>

#include "test/support/caddy.hpp"

namespace argos::test {
namespace {

void make_certificates(const std::string& folder) {
  const auto made = shell(
      "cd " + folder +
      " && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test -keyout ca.key -out "
      "ca.pem"
      " && openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout srv.key -out srv.csr"
      " && printf 'subjectAltName=DNS:localhost,IP:127.0.0.1' > ext"
      " && openssl x509 -req -in srv.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out srv.pem");
  if (made.status != 0) throw std::runtime_error(made.out);
}

}  // namespace

Pebble::Pebble(const TempFolder& folder, int http_port, int https_port) : ca_(folder / "ca.pem") {
  if (shell("command -v pebble pebble-challtestsrv openssl").status != 0) throw std::runtime_error("scripts/install-deps test");
  make_certificates(folder.path().string());
  const auto dns = "127.0.0.1:" + std::to_string(free_port());
  const boost::json::value config{{"pebble",
                                   {{"listenAddress", "127.0.0.1:" + std::to_string(port_)},
                                    {"managementListenAddress", "127.0.0.1:" + std::to_string(free_port())},
                                    {"certificate", folder / "srv.pem"},
                                    {"privateKey", folder / "srv.key"},
                                    {"httpPort", http_port},
                                    {"tlsPort", https_port},
                                    {"ocspResponderURL", ""},
                                    {"externalAccountBindingRequired", false}}}};
  const auto file = folder.write("pebble.json", boost::json::serialize(config));
  dns_.emplace(std::vector<std::string>{"pebble-challtestsrv", "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "", "-dns01", dns,
                                        "-management", "127.0.0.1:" + std::to_string(dns_management_), "-http01", "",
                                        "-https01", "", "-tlsalpn01", ""},
               std::map<std::string, std::string>{}, folder.path().string(), folder / "dns.log");
  server_.emplace(std::vector<std::string>{"pebble", "-config", file, "-dnsserver", dns},
                  std::map<std::string, std::string>{{"PEBBLE_VA_NOSLEEP", "1"}, {"PEBBLE_WFE_NONCEREJECT", "0"}},
                  folder.path().string(), folder / "pebble.log");
  if (!eventually([&] { return ask_tls(port_, "localhost").status != 0; })) throw std::runtime_error(server_->log());
}

void Pebble::tell_dns(const std::string& what, const std::string& name, const std::string& address) const {
  boost::json::object body{{"host", name}};
  if (!address.empty()) body["addresses"] = boost::json::array{boost::json::string(address)};
  const auto told = http("http://127.0.0.1:" + std::to_string(dns_management_), what, {}, "POST", boost::json::serialize(body));
  if (told.status != 200) throw std::runtime_error("pebble-challtestsrv: " + told.body);
}

// No connection to it is ever tried: it fails at once.
void Pebble::mislead(const std::string& name) const { tell_dns("/add-a", name, "255.255.255.255"); }

void Pebble::lead(const std::string& name) const { tell_dns("/clear-a", name, {}); }

void Pebble::stop() {
  server_->signal(SIGKILL);
  server_->wait();
}

}  // namespace argos::test
