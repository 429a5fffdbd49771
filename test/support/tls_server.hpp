// SPDX-License-Identifier: Apache-2.0
// Certificates of any kind, made in a moment, and a server that shows them (openssl's own).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "test/support/process.hpp"

namespace argos::test {

struct CertificateWish {
  std::vector<std::string> names;
  int days = 90;  // until it expires; it has been valid for as long before: negative, it expired that long ago
  std::string organisation = "Test Org";
};
struct TestCertificate {
  std::string crt, key;  // files
  std::string fingerprint, serial;
};
// Self-signed, P-256; its common name is the first name.
TestCertificate make_certificate(const TempFolder& folder, const CertificateWish& wish);

class TlsServer {
 public:
  // `other`: shown to whoever asks for that name.
  TlsServer(const TempFolder& folder, const TestCertificate& certificate, const std::string& other_name = {},
            const TestCertificate& other = {});
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  int port_ = free_port();
  Process process_;
};

// Takes connections and never says a word.
class SilentServer {
 public:
  SilentServer();
  ~SilentServer();
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;
  std::string address() const;

 private:
  int listener_;
};

}  // namespace argos::test
