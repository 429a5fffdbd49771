// SPDX-License-Identifier: Apache-2.0
// Certificates made in a moment, and which of them a server shows.
#pragma once

#include <string>
#include <vector>

namespace argos::test {

struct MadeCertificate {
  std::string certificate, key;  // PEM
  std::string fingerprint;       // SHA-256 of the DER, 64 hex digits
};
struct Wish {
  std::vector<std::string> names = {};
  std::string key = "P-256";  // or another curve of OpenSSL's, "RSA 2048", "RSA 1024", "ED25519"
  int days = 90;              // until it expires, from now; below 0: it has
  int since = -1;             // days from now on which it is valid; where it has expired, the day before it did
  std::string organisation = "argos tests";
  std::string digest = "SHA256";
  const MadeCertificate* issuer = nullptr;  // none: self-signed
  bool ca = false;
};
// Another one at each call.
MadeCertificate make_certificate(const Wish& wish);
MadeCertificate make_certificate(const std::string& name);

// The fingerprint of what the server at that port of 127.0.0.1 shows to whoever asks for that name; empty: the handshake fails.
std::string shown(int port, const std::string& name);

}  // namespace argos::test
