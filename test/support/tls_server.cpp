// SPDX-License-Identifier: Apache-2.0
#include "test/support/tls_server.hpp"

#include <csignal>

#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <spdlog/fmt/fmt.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/files.hpp"

namespace argos::test {
namespace {

constexpr long kDay = 24L * 60 * 60;

template <class F>
std::string pem(F write) {
  BIO* const memory = BIO_new(BIO_s_mem());
  write(memory);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(memory, &bytes);
  std::string out(bytes, static_cast<std::size_t>(size));
  BIO_free(memory);
  return out;
}

void name_it(X509* made, const CertificateWish& wish) {
  X509_NAME* const name = X509_get_subject_name(made);
  const auto add = [&](const char* field, const std::string& text) {
    X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(text.c_str()), -1, -1, 0);
  };
  add("O", wish.organisation);
  add("CN", wish.names.front());
  X509_set_issuer_name(made, name);
  std::string all;
  for (const auto& one : wish.names) all += (all.empty() ? "DNS:" : ",DNS:") + one;
  X509_EXTENSION* const names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, all.c_str());
  X509_add_ext(made, names, -1);
  X509_EXTENSION_free(names);
}

void number_it(X509* made) {
  std::uint32_t number = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&number), sizeof number);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(made), number | 1U << 31U);
}

std::vector<std::string> command(int port, const TestCertificate& certificate, const std::string& other_name,
                                 const TestCertificate& other) {
  std::vector<std::string> out{"openssl", "s_server",     "-accept", "127.0.0.1:" + std::to_string(port),
                               "-quiet",  "-www",         "-cert",   certificate.crt,
                               "-key",    certificate.key};
  if (!other_name.empty()) {
    out.insert(out.end(), {"-servername", other_name, "-cert2", other.crt, "-key2", other.key});
  }
  return out;
}

}  // namespace

TestCertificate make_certificate(const TempFolder& folder, const CertificateWish& wish) {
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  X509* const made = X509_new();
  X509_set_version(made, X509_VERSION_3);
  number_it(made);
  const long half = std::abs(wish.days) * kDay;
  X509_gmtime_adj(X509_getm_notBefore(made), wish.days < 0 ? -2 * half : 0);
  X509_gmtime_adj(X509_getm_notAfter(made), wish.days * kDay);
  name_it(made, wish);
  X509_set_pubkey(made, key);
  X509_sign(made, key, EVP_sha256());

  TestCertificate out;
  BIGNUM* const serial = ASN1_INTEGER_to_BN(X509_get_serialNumber(made), nullptr);
  char* const digits = BN_bn2hex(serial);
  out.serial = digits;
  OPENSSL_free(digits);
  BN_free(serial);
  unsigned char* der = nullptr;
  const int size = i2d_X509(made, &der);
  out.fingerprint = sha256_hex({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)});
  OPENSSL_free(der);
  out.crt = folder.write(out.serial + ".crt", pem([&](BIO* to) { PEM_write_bio_X509(to, made); }));
  out.key = folder.write(out.serial + ".key",
                         pem([&](BIO* to) { PEM_write_bio_PrivateKey(to, key, nullptr, nullptr, 0, nullptr, nullptr); }));
  X509_free(made);
  EVP_PKEY_free(key);
  return out;
}

TlsServer::TlsServer(const TempFolder& folder, const TestCertificate& certificate, const std::string& other_name,
                     const TestCertificate& other)
    : process_(command(port_, certificate, other_name, other), {}, folder.path().string(),
               folder / (certificate.serial + ".log")) {
  const auto listens = [this] { return shell("openssl s_client -connect " + address() + " </dev/null").status == 0; };
  if (!eventually(listens)) throw std::runtime_error("openssl does not serve: " + process_.log());
}

TlsServer::~TlsServer() {
  process_.signal(SIGKILL);
  process_.wait();
}

SilentServer::SilentServer() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  ::listen(listener_, 1);
}

SilentServer::~SilentServer() { ::close(listener_); }

std::string SilentServer::address() const {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  return "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
}

}  // namespace argos::test
