// SPDX-License-Identifier: Apache-2.0
// Hosts of TLS mode manual, each with a certificate of its own, and what of it is to be seen on disk and on the wire.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "test/e2e/world.hpp"
#include "test/support/certificates.hpp"

namespace argos::test {

// A world with a master key.
class CertificateWorld : public World {
 public:
  static constexpr const char* kMasterKey = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

  std::string certs() const { return folder / "data/manual-certs"; }
  void start_argos(std::map<std::string, std::string> more = {});

  // As POST /api/v1/apply takes them; false where they were not taken.
  bool apply(const boost::json::array& objects) const;
  static boost::json::object host_of(const std::string& name, const std::string& domain, const char* tls_mode);
  static boost::json::object certificate_of(const std::string& host, const MadeCertificate& made);
  // Each host NAME of domain NAME.test with a new certificate, all in one request; false where it was not taken.
  bool bring(const std::vector<std::string>& names);
  const MadeCertificate& last(const std::string& name) const { return made_.at(name); }

  // Shows the last one that was brought.
  bool shows(const std::string& name) const;
  bool all_show() const;
  // What is wrong with the folder, in words; empty: every pair is a pair, of its own name, and nothing of argos' lies about.
  // `but`: a file of a pair that may be anything.
  std::string flaw(const std::string& but = {}) const;

 private:
  std::map<std::string, MadeCertificate> made_;
};

}  // namespace argos::test
