// SPDX-License-Identifier: Apache-2.0
// Servers that shake hands, and one that does not.
#pragma once

#include <string>

#include "test/support/certificates.hpp"
#include "test/support/process.hpp"

namespace argos::test {

// OpenSSL's own.
class TlsServer {
 public:
  // `other`: shown to whoever asks for that name.
  TlsServer(const TempFolder& folder, const MadeCertificate& certificate, const std::string& other_name = {},
            const MadeCertificate& other = {});
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
