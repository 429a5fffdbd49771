// SPDX-License-Identifier: Apache-2.0
// Certificate: the certificate and the sealed private key that a host of TLS mode `manual` shows.
#pragma once

#include <array>
#include <string>

#include "model/describe.hpp"
#include "model/kind.hpp"

namespace argos {

// As it is stored. The members are the columns of host_manual_certs.
struct Certificate {
  static constexpr Kind kKind = Kind::certificate;

  std::string host;               // a Host's name
  std::string cert_pem;           // the leaf
  std::string chain_pem;          // what follows it, its issuer first
  std::string key_pem_encrypted;  // an envelope (runtime/key_ring.hpp), bound to this certificate's name

  bool operator==(const Certificate&) const = default;
  static constexpr std::array<FieldName, 3> kNames{
      {{"cert_pem", "certificate"}, {"chain_pem", "chain"}, {"key_pem_encrypted", "sealedKey"}}};
  static constexpr std::array<std::string_view, 2> kRequired{"host", "cert_pem"};
  static constexpr std::array<FieldDoc, 4> kDocs{{
      {"host", "the Host that shows it"},
      {"cert_pem", "the certificate, as PEM text"},
      {"chain_pem", "the certificates between it and its root, as PEM text"},
      {"key_pem_encrypted", "the private key, sealed under the master key (argos seal)"},
  }};
};
BOOST_DESCRIBE_STRUCT(Certificate, (), (host, cert_pem, chain_pem, key_pem_encrypted))

// What is one and the same to its host, however the key is sealed: the leaf tells which key belongs to it.
template <class Spec>
bool same_but_sealed(const Spec& one, const Spec& other) {
  return one == other;
}
inline bool same_but_sealed(Certificate one, const Certificate& other) {
  one.key_pem_encrypted = other.key_pem_encrypted;
  return one == other;
}

// As it is written in a manifest or sent: the key may be plain, and texts may lie in files.
struct CertificateInput {
  std::string host;
  std::string certificate, chain, key, sealed_key;
  std::string certificate_file, chain_file, key_file;

  bool operator==(const CertificateInput&) const = default;
  static constexpr std::array<std::string_view, 1> kRequired{"host"};
  static constexpr std::array<FieldDoc, 8> kDocs{{
      {"host", "the Host that shows it"},
      {"certificate", "the certificate, as PEM text; its chain may follow in it"},
      {"chain", "the certificates between it and its root, as PEM text"},
      {"key", "the private key, as PEM text; a file that holds one is a secret itself"},
      {"sealed_key", "the private key, sealed: what `argos seal --for Certificate/NAME` printed; safe in git"},
      {"certificate_file", "a file with the certificate, instead of its text; relative to the manifest"},
      {"chain_file", "a file with the chain"},
      {"key_file", "a file with the private key"},
  }};
};
BOOST_DESCRIBE_STRUCT(CertificateInput, (), (host, certificate, chain, key, sealed_key, certificate_file, chain_file, key_file))

// The texts of a certificate, each of which may lie in a file.
struct CertificateText {
  std::string_view field;
  std::string CertificateInput::*text;
  std::string CertificateInput::*file;

  std::string path() const { return "spec." + std::string(field); }
  std::string file_path() const { return path() + "File"; }
};
inline constexpr std::array<CertificateText, 3> kCertificateTexts{{
    {"certificate", &CertificateInput::certificate, &CertificateInput::certificate_file},
    {"chain", &CertificateInput::chain, &CertificateInput::chain_file},
    {"key", &CertificateInput::key, &CertificateInput::key_file},
}};

// Where the text at `path` was written: what is wrong with a file is said of the field that names it.
inline std::string written_at(const CertificateInput& sent, const std::string& path) {
  for (const auto& text : kCertificateTexts) {
    if (path == text.path() && !(sent.*text.file).empty()) return text.file_path();
  }
  return path;
}

}  // namespace argos
