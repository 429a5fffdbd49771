// SPDX-License-Identifier: Apache-2.0
#include "test/e2e/certificates.hpp"

#include <algorithm>
#include <filesystem>

#include "controllers/certificate_folder.hpp"
#include "model/x509.hpp"
#include "test/support/caddy.hpp"

namespace argos::test {
namespace {

namespace fs = std::filesystem;

// Why these are not the two files of that pair; empty: they are.
std::string mismatch(const fs::path& crt, const std::string& stem) {
  const auto leaf = contents(crt), key = contents(fs::path(crt).replace_extension(".key"));
  if (pair_id(leaf, key) != stem.substr(stem.rfind('.') + 1)) return stem + " has other bytes than its name says";
  FieldErrors errors;
  if (!examine(leaf, "", key, std::chrono::system_clock::now(), errors)) return stem + ": " + to_string(errors);
  return {};
}

}  // namespace

void CertificateWorld::start_argos(std::map<std::string, std::string> more) {
  more.emplace("ARGOS_MASTER_KEY", kMasterKey);
  World::start_argos(more);
}

bool CertificateWorld::apply(const boost::json::array& objects) const {
  const auto body = boost::json::serialize(boost::json::value{{"objects", objects}});
  return http("unix://" + (folder / "data/argos.sock"), "/api/v1/apply", {}, "POST", body).status == 200;
}

boost::json::object CertificateWorld::host_of(const std::string& name, const std::string& domain, const char* tls_mode) {
  return {{"apiVersion", "argos.edge/v1"},
          {"kind", "Host"},
          {"metadata", {{"name", name}}},
          {"spec",
           {{"domain", domain},
            {"tls", {{"mode", tls_mode}}},
            {"caddyHandlers", boost::json::array{{{"handler", "static_response"}, {"body", name}}}}}}};
}

boost::json::object CertificateWorld::certificate_of(const std::string& host, const MadeCertificate& made) {
  return {{"apiVersion", "argos.edge/v1"},
          {"kind", "Certificate"},
          {"metadata", {{"name", host}}},
          {"spec", {{"host", host}, {"certificate", made.certificate}, {"key", made.key}}}};
}

bool CertificateWorld::bring(const std::vector<std::string>& names) {
  boost::json::array objects;
  for (const auto& name : names) {
    made_[name] = make_certificate(name + ".test");
    objects.push_back(host_of(name, name + ".test", "manual"));
    objects.push_back(certificate_of(name, made_[name]));
  }
  return apply(objects);
}

bool CertificateWorld::shows(const std::string& name) const {
  return shown(https_port, name + ".test") == last(name).fingerprint;
}

bool CertificateWorld::all_show() const {
  return std::ranges::all_of(made_, [&](const auto& one) { return shows(one.first); });
}

std::string CertificateWorld::flaw(const std::string& but) const {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(certs(), none)) {
    const auto name = own_name(entry.path().filename().string());
    if (name.what != OwnName::What::pair || entry.path().extension() != ".crt" || own_name(but).stem == name.stem) continue;
    if (!fs::exists(fs::path(entry.path()).replace_extension(".key"))) continue;  // being written: nobody is told of it yet
    if (auto wrong = mismatch(entry.path(), name.stem); !wrong.empty()) return wrong;
  }
  return {};
}

}  // namespace argos::test
