// SPDX-License-Identifier: Apache-2.0
// TLS for clients lives here and nowhere else.
#include "runtime/tls_probe.hpp"

#include <ctime>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <spdlog/fmt/fmt.h>

#include "model/text.hpp"
#include "runtime/files.hpp"

namespace argos {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace {

using Stream = asio::ssl::stream<beast::tcp_stream>;

std::string part_of(const X509_NAME* name, int part) {
  const int at = X509_NAME_get_index_by_NID(name, part, -1);
  if (at < 0) return {};
  unsigned char* text = nullptr;
  const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
  if (size < 0) return {};
  std::string out(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
  OPENSSL_free(text);
  return shown(out, 200);
}

// "Let's Encrypt R11", "example.com"
std::string short_name(const X509_NAME* name) {
  const auto organisation = part_of(name, NID_organizationName), common = part_of(name, NID_commonName);
  return organisation + (organisation.empty() || common.empty() ? "" : " ") + common;
}

std::vector<std::string> dns_names(const X509* certificate) {
  std::vector<std::string> out;
  auto* const names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int at = 0; at < sk_GENERAL_NAME_num(names); ++at) {
    const auto* const name = sk_GENERAL_NAME_value(names, at);
    if (name->type != GEN_DNS) continue;
    const auto* const text = reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName));
    out.emplace_back(text, static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
  }
  GENERAL_NAMES_free(names);
  return out;
}

WallTime time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

std::string serial_of(const X509* certificate) {
  BIGNUM* const number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr);
  char* const digits = BN_bn2hex(number);
  std::string out(digits == nullptr ? "" : digits);
  OPENSSL_free(digits);
  BN_free(number);
  return out;
}

std::string fingerprint_of(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  if (size < 0) return {};
  auto out = sha256_hex({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)});
  OPENSSL_free(der);
  return out;
}

ShownCertificate read_shown(SSL* session) {
  X509* const leaf = SSL_get0_peer_certificate(session);
  if (leaf == nullptr) return {};
  ShownCertificate out;
  out.leaf = {short_name(X509_get_issuer_name(leaf)),
              short_name(X509_get_subject_name(leaf)),
              dns_names(leaf),
              time_of(X509_get0_notBefore(leaf)),
              time_of(X509_get0_notAfter(leaf)),
              fingerprint_of(leaf),
              serial_of(leaf)};
  const auto verdict = SSL_get_verify_result(session);
  out.trusted = verdict == X509_V_OK;
  if (!out.trusted) out.not_trusted_why = X509_verify_cert_error_string(verdict);
  return out;
}

// Go's servers, Caddy among them, say internal_error where they have no certificate for a name.
bool has_no_certificate(const boost::system::error_code& code) {
  if (code.category() != asio::error::get_ssl_category()) return false;
  const int reason = ERR_GET_REASON(static_cast<unsigned long>(code.value()));
  return reason == SSL_R_TLSV1_ALERT_INTERNAL_ERROR || reason == SSL_R_TLSV1_UNRECOGNIZED_NAME;
}

Error failed(const char* reason, std::string message) { return {reason, std::move(message), "", Retry::backoff}; }

std::string words_of(const boost::system::error_code& code) {
  if (code == beast::error::timeout) return "not in time";
  if (code == asio::ssl::error::stream_truncated || code == asio::error::eof) return "the connection was cut";
  return code.message();
}

}  // namespace

struct TlsProbe::Context {
  Context() {
    ssl.set_verify_mode(asio::ssl::verify_none);  // OpenSSL looks at the chain all the same, and says what it thinks of it
    boost::system::error_code ignored;            // no roots at all: nothing is trusted
    ssl.set_default_verify_paths(ignored);
  }
  asio::ssl::context ssl{asio::ssl::context::tls_client};
};

TlsProbe::TlsProbe(std::string address) : address_(std::move(address)) {}
TlsProbe::~TlsProbe() = default;

Task<Result<ShownCertificate>> TlsProbe::look(std::string name, std::chrono::milliseconds patience) {
  const auto executor = co_await asio::this_coro::executor;
  if (!context_) context_ = std::make_unique<Context>();
  const auto colon = address_.rfind(':');
  auto host = address_.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const auto unreachable = [&](const boost::system::error_code& code) {
    return failed("Unreachable", fmt::format("{}: {}", address_, words_of(code)));
  };

  boost::system::error_code code;
  asio::ip::tcp::resolver resolver(executor);
  const auto found =
      co_await resolver.async_resolve(host, address_.substr(colon + 1), asio::redirect_error(asio::use_awaitable, code));
  if (code) co_return unreachable(code);
  Stream stream(executor, context_->ssl);
  SSL_set_tlsext_host_name(stream.native_handle(), name.c_str());
  beast::get_lowest_layer(stream).expires_after(patience);
  co_await beast::get_lowest_layer(stream).async_connect(found, asio::redirect_error(asio::use_awaitable, code));
  if (code) co_return unreachable(code);
  co_await stream.async_handshake(asio::ssl::stream_base::client, asio::redirect_error(asio::use_awaitable, code));
  if (has_no_certificate(code)) co_return failed("NoCertificate", "no certificate is shown for " + name);
  if (code) co_return failed("HandshakeFailed", words_of(code));
  co_return read_shown(stream.native_handle());
}

}  // namespace argos
