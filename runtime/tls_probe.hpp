// SPDX-License-Identifier: Apache-2.0
// What a server shows to whoever asks for a name: one TLS handshake, which believes everything and reports.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "model/error.hpp"
#include "model/x509.hpp"
#include "runtime/task.hpp"

namespace argos {

struct ShownCertificate {
  CertificateFacts leaf;
  bool trusted = false;       // its chain leads to a root that this system knows
  std::string not_trusted_why;  // OpenSSL's words
};

// Loop thread only.
class TlsProbe {
 public:
  explicit TlsProbe(std::string address);  // host:port
  ~TlsProbe();
  TlsProbe(const TlsProbe&) = delete;
  TlsProbe& operator=(const TlsProbe&) = delete;

  const std::string& address() const { return address_; }

  // Errors: Unreachable (nobody answers at the address), NoCertificate (it has none for this name), HandshakeFailed.
  Task<Result<ShownCertificate>> look(std::string name, std::chrono::milliseconds patience);

 private:
  struct Context;
  // Constant after construction
  std::string address_;
  // Loop thread only
  std::unique_ptr<Context> context_;  // made when it is needed first
};

}  // namespace argos
