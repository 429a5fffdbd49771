// SPDX-License-Identifier: Apache-2.0
// TLS for clients lives here and nowhere else.
#include "runtime/tls_probe.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <spdlog/fmt/fmt.h>

namespace argos {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace {

using Stream = asio::ssl::stream<beast::tcp_stream>;

std::string der_of(X509* certificate) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(certificate, &bytes);
  if (size < 0) return {};
  std::string out(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return out;
}

Result<ShownCertificate> read_shown(SSL* session) {
  X509* const leaf = SSL_get0_peer_certificate(session);
  auto facts = leaf == nullptr ? std::nullopt : facts_of_der(der_of(leaf));
  if (!facts) return Error{"HandshakeFailed", "what is shown is no certificate", "", Retry::backoff};
  ShownCertificate out{std::move(*facts), false, {}};
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
