// SPDX-License-Identifier: Apache-2.0
// The document that Caddy must run, rendered from what the model holds to be in force: nothing that argos remembers goes into it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "model/caddy_config.hpp"
#include "model/object.hpp"
#include "test/e2e/certificates.hpp"

namespace argos::test {

// What an operator brings for one host, and what argos must make of it.
struct BroughtPair {
  MadeCertificate made;
  CertificatePair pair;
};
BroughtPair bring_pair(const std::string& host, const std::string& domain);

class ModelRender {
 public:
  // Asks the world's Caddy what it can do.
  ModelRender(const CertificateWorld& world, const std::vector<int>& backend_ports);

  void add(const std::string& name, const std::string& domain, const std::string& handlers, TlsMode mode = TlsMode::none);
  // Of the host added last.
  void set_backend(std::optional<int> backend);  // nothing: nobody answers
  void show(const CertificatePair& pair);

  void set_grace_period(int milliseconds) {
    desired_.settings.spec.grace_period = Duration{std::chrono::milliseconds(milliseconds)};
  }
  boost::json::value document() const { return render(desired_, abilities_, surroundings_).document; }

 private:
  CaddyAbilities abilities_;
  CaddySurroundings surroundings_;
  Desired desired_;
};

// As text, equal where two documents do the same: routes of exact names are in any order.
std::string normal(boost::json::value document);

}  // namespace argos::test
