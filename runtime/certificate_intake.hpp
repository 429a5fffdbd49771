// SPDX-License-Identifier: Apache-2.0
// A certificate as somebody sends it -> as it is stored: read, judged, its key sealed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/certificate.hpp"
#include "model/x509.hpp"
#include "runtime/rows.hpp"
#include "runtime/secrets.hpp"

namespace argos {

struct ReadCertificate {
  std::string host;
  std::string leaf, chain;         // PEM, in order
  Secret key;                      // empty: it was sent sealed, and the ring lacks the master key
  std::string sealed_key;          // as it was sent; empty: it was sent plain
  std::optional<Error> locked;     // why the key could not be opened
  std::string key_mark;            // see below
  std::vector<std::string> names;  // DNS names that the leaf is for
};

// What a certificate's private key is sealed as.
SecretName name_of_key(std::string_view certificate);

// Everything wrong with it is added to `errors`, under "spec". The texts must be there: files are read before. Needs no database; any
// thread.
std::optional<ReadCertificate> read_certificate(const KeyRing& ring, const std::string& name, const CertificateInput& sent,
                                                WallTime now, FieldErrors& errors);

// What tells one key from another, since one key sealed twice looks different: "sha256:<hex>" of the key where the ring opens the
// envelope; kLocked where it lacks the master key; else, broken as it is, the envelope.
std::string key_mark(const KeyRing& ring, std::string_view name, std::string_view envelope);
inline constexpr std::string_view kLocked = "locked";
bool is_open(std::string_view mark);

// Within a transaction: the form to store. A key that lies sealed already stays as it lies, so that nothing changes where nothing does.
// Errors: those of Secrets::seal; WrongMasterKey and MasterKeyNotConfigured also where a key that nobody can open would take the place of
// one that opens.
Result<Certificate> stored_form(Database& database, const Secrets& secrets, const std::string& name,
                                const ReadCertificate& read);
// The field that such an error is about: where the key was written.
std::string key_field(const ReadCertificate& read);

// An envelope of that certificate's key, as it lies or lay sealed; empty where none is left.
Result<std::string> find_envelope(Database& database, const KeyRing& ring, const std::string& name, std::string_view mark);

// Why it is not one for this host: a name that it is not for.
std::optional<FieldError> uncovered_names(const Host& host, const ReadCertificate& read);

// What to read in place of pages of PEM: {"subject", "issuer", "names", "notBefore", "notAfter", "daysLeft", "fingerprint", "serial",
// "key", "selfSigned", "chainLength", "warnings": [{"reason", "message"}]}; empty where there is no certificate.
boost::json::object certificate_facts(std::string_view leaf, std::string_view chain, WallTime now);
// The same of one that is stored, with the id of the master key that sealed its key as "sealedBy".
boost::json::object certificate_facts(const Certificate& certificate, WallTime now);

}  // namespace argos
