// SPDX-License-Identifier: Apache-2.0
#include "test/support/certificates.hpp"

#include <memory>
#include <stdexcept>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "runtime/files.hpp"

namespace argos::test {
namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* held) const {
    Free(held);
  }
};
template <class T, auto Free>
using Held = std::unique_ptr<T, Freed<Free>>;
using Bio = Held<BIO, BIO_free_all>;
using Key = Held<EVP_PKEY, EVP_PKEY_free>;
using Certificate = Held<X509, X509_free>;

std::string text(const Bio& bio) {
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

std::string fingerprint(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  const std::string bytes(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return sha256_hex(bytes);
}

Key make_key(const std::string& kind) {
  Key key;
  if (kind.starts_with("RSA ")) {
    key.reset(EVP_RSA_gen(static_cast<unsigned>(std::stoi(kind.substr(4)))));
  } else if (kind == "ED25519") {
    key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  } else {
    key.reset(EVP_EC_gen(kind.c_str()));
  }
  if (!key) throw std::runtime_error("no key of the kind " + kind);
  return key;
}

void extend(X509* certificate, int nid, const std::string& value) {
  const Held<X509_EXTENSION, X509_EXTENSION_free> extension(X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str()));
  X509_add_ext(certificate, extension.get(), -1);
}

void add_names(X509* certificate, const std::vector<std::string>& names) {
  std::string all;
  for (const auto& name : names) all += (all.empty() ? "DNS:" : ",DNS:") + name;
  if (!all.empty()) extend(certificate, NID_subject_alt_name, all);
}

// By its issuer, or by itself.
void sign(X509* certificate, EVP_PKEY* own, const Wish& wish) {
  const auto* const digest =
      wish.key == "ED25519" && wish.issuer == nullptr ? nullptr : EVP_get_digestbyname(wish.digest.c_str());
  if (wish.issuer == nullptr) {
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    X509_sign(certificate, own, digest);
    return;
  }
  const auto reader = [](const std::string& pem) { return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))); };
  const auto pem = reader(wish.issuer->certificate), key_pem = reader(wish.issuer->key);
  const Certificate issuer(PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr));
  const Key key(PEM_read_bio_PrivateKey(key_pem.get(), nullptr, nullptr, nullptr));
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer.get()));
  X509_sign(certificate, key.get(), digest);
}

}  // namespace

MadeCertificate make_certificate(const Wish& wish) {
  constexpr long kDay = 86'400;
  const auto key = make_key(wish.key);
  const Certificate made(X509_new());
  X509_set_version(made.get(), X509_VERSION_3);
  std::uint32_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(made.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), (wish.days < 0 ? wish.days - 1 : wish.since) * kDay);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), wish.days * kDay);
  X509_set_pubkey(made.get(), key.get());
  auto* const subject = X509_get_subject_name(made.get());
  X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(wish.organisation.c_str()), -1,
                             -1, 0);
  add_names(made.get(), wish.names);
  if (wish.ca) extend(made.get(), NID_basic_constraints, "critical,CA:TRUE");
  sign(made.get(), key.get(), wish);
  const Bio certificate(BIO_new(BIO_s_mem())), secret(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(certificate.get(), made.get());
  PEM_write_bio_PKCS8PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return {text(certificate), text(secret), fingerprint(made.get())};
}

MadeCertificate make_certificate(const std::string& name) { return make_certificate(Wish{.names = {name}}); }

std::string shown(int port, const std::string& name) {
  static const Held<SSL_CTX, SSL_CTX_free> kContext(SSL_CTX_new(TLS_client_method()));
  const Bio connection(BIO_new_ssl_connect(kContext.get()));
  BIO_set_conn_hostname(connection.get(), ("127.0.0.1:" + std::to_string(port)).c_str());
  SSL* ssl = nullptr;
  BIO_get_ssl(connection.get(), &ssl);
  SSL_set_tlsext_host_name(ssl, name.c_str());
  if (BIO_do_handshake(connection.get()) != 1) return {};
  const Certificate leaf(SSL_get1_peer_certificate(ssl));
  return leaf ? fingerprint(leaf.get()) : std::string();
}

}  // namespace argos::test
