// SPDX-License-Identifier: Apache-2.0
// A certificate and its private key, as operators bring them: read, judged, put in order. Pure: the time is an argument.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/condition.hpp"
#include "model/error.hpp"
#include "model/field_error.hpp"

namespace argos {

constexpr std::size_t kLargestPem = 64UL * 1024;  // bytes a field

struct CertificateFacts {
  std::string subject, issuer;     // common names, else organisations, else the whole name; may be empty
  std::vector<std::string> names;  // DNS names that it is for (RFC 6125: common names do not count), lower case
  WallTime not_before{}, not_after{};
  std::string fingerprint;  // SHA-256 of the DER, 64 hex digits
  std::string serial;       // hex digits
  std::string key;          // "RSA 2048", "ECDSA P-256", "Ed25519"
  bool self_signed = false;
};

// What is odd and no reason to refuse: NoIntermediate, ExpiresSoon, SelfSigned, ChainExpired.
struct CertificateWarning {
  std::string reason, message;
};

struct Examined {
  std::string leaf, chain;  // PEM, nothing but the blocks; the chain begins with the leaf's issuer
  std::string key;          // PEM, PKCS #8; empty where none was given. A secret: whoever takes it wipes it
  CertificateFacts facts;   // the leaf's
  std::vector<std::string> notes;  // what was put in order
  std::vector<CertificateWarning> warnings;
};

// `certificate` may hold the whole chain in any order, `chain` more of it, `key` may be empty where it is not at hand. Everything wrong is
// added to `errors`, under these names and with a reason of its own: NotPem, TooLarge, KeyInChain, EncryptedKey, KeyMismatch, Expired,
// NotYetValid, WeakKey, WeakSignature, UnsupportedKey, NoNames. Nothing of a key is in any of them.
std::optional<Examined> examine(std::string_view certificate, std::string_view chain, std::string_view key,
                                std::optional<WallTime> now, FieldErrors& errors);

// Whether there is a certificate in it, and each can be read.
bool is_pem(std::string_view certificate);

// A private key alone, as `Examined` holds one; nothing where it is none, with the reason in `errors` under "key": TooLarge, EncryptedKey,
// NotPem.
std::optional<std::string> examine_key(std::string_view key, FieldErrors& errors);

// Of the first certificate in a PEM text; nothing where there is none.
std::optional<CertificateFacts> facts_of(std::string_view pem);
// The same of DER, as a server shows it.
std::optional<CertificateFacts> facts_of_der(std::string_view der);

// Of the leaf as it is now: SelfSigned, NoIntermediate, ExpiresSoon.
std::vector<CertificateWarning> warnings_of(const CertificateFacts& facts, bool has_chain, WallTime now);

// Whether a certificate for these names is one for that host name (RFC 6125, 6.4.3): a wildcard stands for one whole leftmost label.
bool covers(const std::vector<std::string>& names, std::string_view host);

// Whole days; below 0: it has expired.
int days_left(const CertificateFacts& facts, WallTime now);

}  // namespace argos
