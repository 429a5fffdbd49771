// SPDX-License-Identifier: Apache-2.0
// Beast's reads and writes for clients live here and nowhere else.
#include "runtime/http_client.hpp"

#include <array>
#include <utility>

#include <boost/asio/connect.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/url/parse.hpp>
#include <spdlog/fmt/fmt.h>

namespace argos {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace {

using LocalStream = beast::basic_stream<asio::local::stream_protocol>;
constexpr std::uint64_t kLargestBody = 256U << 20U;

Error failed(const char* reason, const Endpoint& to, const boost::system::error_code& code) {
  return {reason, fmt::format("{}: {}", to.text(), code.message()), "", Retry::backoff};
}

HttpResponse to_response(http::response<http::string_body>&& message) {
  HttpResponse response{static_cast<int>(message.result_int()), {}, std::move(message.body())};
  for (const auto& field : message) {
    std::string name(field.name_string());
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    response.headers[name] = std::string(field.value());
  }
  return response;
}

// What the Host header says. Over a socket it is empty: Caddy 2.6 accepts nothing else there.
std::string authority(const Endpoint& to) {
  if (to.is_socket()) return "";
  return fmt::format("{}:{}", to.host.find(':') == std::string::npos ? to.host : "[" + to.host + "]", to.port);
}

// An address is one already: a look-up, also of an address, starts a thread and waits for it.
Task<asio::ip::tcp::resolver::results_type> addresses_of(const Endpoint& to, boost::system::error_code& code) {
  using Found = asio::ip::tcp::resolver::results_type;
  boost::system::error_code is_name;
  const auto address = asio::ip::make_address(to.host, is_name);
  if (!is_name) co_return Found::create({address, static_cast<asio::ip::port_type>(to.port)}, to.host, {});
  asio::ip::tcp::resolver resolver(co_await asio::this_coro::executor);
  co_return co_await resolver.async_resolve(to.host, std::to_string(to.port), asio::redirect_error(asio::use_awaitable, code));
}

// A connection may lie in the queue of a listener that nobody serves any more: it is there, and never answers.
constexpr auto kFirstAnswer = std::chrono::seconds(3);

template <class Stream>
Task<std::size_t> read_some(Stream& stream, std::array<char, 4096>& into) {
  boost::system::error_code code;
  co_return co_await stream.async_read_some(asio::buffer(into), asio::redirect_error(asio::use_awaitable, code));
}

template <class Stream>
Task<bool> ask_and_hold(Stream& stream, std::string request, std::function<void()> connected) {
  using namespace asio::experimental::awaitable_operators;
  boost::system::error_code code;
  co_await asio::async_write(stream, asio::buffer(request), asio::redirect_error(asio::use_awaitable, code));
  std::array<char, 4096> ignored{};
  asio::steady_timer late(stream.get_executor(), kFirstAnswer);
  const auto first = co_await (read_some(stream, ignored) || late.async_wait(asio::use_awaitable));
  if (first.index() != 0 || std::get<0>(first) == 0) co_return false;
  connected();
  while (co_await read_some(stream, ignored) > 0) {
  }
  co_return true;
}

template <class Stream>
Task<Result<HttpResponse>> exchange(Stream& stream, const Endpoint& to, HttpRequest request) {
  http::request<http::string_body> message;
  message.method_string(request.method);
  message.target(request.target);
  message.version(11);
  message.set(http::field::host, authority(to));
  message.set(http::field::connection, "close");
  for (const auto& [name, value] : request.headers) message.set(name, value);
  message.body() = std::move(request.body);
  message.prepare_payload();

  boost::system::error_code code;
  co_await http::async_write(stream, message, asio::redirect_error(asio::use_awaitable, code));
  const bool sent = !code;
  beast::flat_buffer buffer;
  buffer.reserve(1U << 16U);  // an empty one makes Beast read 512 bytes at a time
  http::response_parser<http::string_body> parser;
  parser.body_limit(kLargestBody);
  if (request.method == "HEAD") parser.skip(true);
  // An early answer (413) may come while the request is still being sent: it counts.
  if (sent || code != beast::error::timeout) {
    code = {};
    co_await http::async_read(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, code));
  }
  if (code == beast::error::timeout) co_return failed("Timeout", to, code);
  if (code) co_return failed("ConnectionLost", to, code);
  co_return to_response(parser.release());
}

Task<Result<HttpResponse>> send_tcp(Endpoint to, HttpRequest request, std::chrono::milliseconds patience) {
  const auto executor = co_await asio::this_coro::executor;
  boost::system::error_code code;
  const auto found = co_await addresses_of(to, code);
  if (code) co_return failed("Unreachable", to, code);
  beast::tcp_stream stream(executor);
  stream.expires_after(patience);
  co_await stream.async_connect(found, asio::redirect_error(asio::use_awaitable, code));
  if (code) co_return failed("Unreachable", to, code);
  co_return co_await exchange(stream, to, std::move(request));
}

Task<Result<HttpResponse>> send_local(Endpoint to, HttpRequest request, std::chrono::milliseconds patience) {
  boost::system::error_code code;
  LocalStream stream(co_await asio::this_coro::executor);
  stream.expires_after(patience);
  co_await stream.async_connect(asio::local::stream_protocol::endpoint(to.socket),
                                asio::redirect_error(asio::use_awaitable, code));
  if (code) co_return failed("Unreachable", to, code);
  co_return co_await exchange(stream, to, std::move(request));
}

}  // namespace

Result<Endpoint> Endpoint::parse(std::string_view text) {
  constexpr std::string_view kUnix = "unix://";
  constexpr std::size_t kLongestSocketPath = 107;  // sockaddr_un
  Endpoint out;
  if (text.starts_with(kUnix)) {
    out.socket = text.substr(kUnix.size());
    if (!out.socket.starts_with('/'))
      return Error{"Invalid", fmt::format("'{}' is no socket address", text), "write unix:///path/to/socket", Retry::never};
    if (out.socket.size() > kLongestSocketPath)
      return Error{"Invalid", fmt::format("the socket's path is longer than {} bytes", kLongestSocketPath),
                   "choose a shorter one", Retry::never};
    return out;
  }
  const auto url = boost::urls::parse_uri(text);
  if (!url || url->scheme() != "http" || url->host().empty() || !(url->encoded_path().empty() || url->encoded_path() == "/")) {
    return Error{"Invalid", fmt::format("'{}' is no endpoint", text), "write http://host:port or unix:///path", Retry::never};
  }
  constexpr int kDefaultPort = 80;
  out.host = url->host_address();
  out.port = url->has_port() ? url->port_number() : kDefaultPort;
  return out;
}

std::string Endpoint::text() const { return is_socket() ? "unix://" + socket : "http://" + authority(*this); }

Task<bool> hold_connection(Endpoint to, std::string target, std::function<void()> connected) {
  const auto executor = co_await asio::this_coro::executor;
  auto request = fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", target, authority(to));
  boost::system::error_code code;
  if (to.is_socket()) {
    asio::local::stream_protocol::socket stream(executor);
    co_await stream.async_connect(asio::local::stream_protocol::endpoint(to.socket),
                                  asio::redirect_error(asio::use_awaitable, code));
    if (code) co_return false;
    co_return co_await ask_and_hold(stream, std::move(request), std::move(connected));
  }
  const auto found = co_await addresses_of(to, code);
  if (code) co_return false;
  asio::ip::tcp::socket stream(executor);
  co_await asio::async_connect(stream, found, asio::redirect_error(asio::use_awaitable, code));
  if (code) co_return false;
  // Where the other host dies without a word, only keep-alive notices.
  stream.set_option(asio::socket_base::keep_alive(true), code);
  co_return co_await ask_and_hold(stream, std::move(request), std::move(connected));
}

Task<Result<HttpResponse>> BeastHttpClient::send(const Endpoint& to, HttpRequest request, std::chrono::milliseconds patience) {
  if (to.is_socket()) return send_local(to, std::move(request), patience);
  return send_tcp(to, std::move(request), patience);
}

}  // namespace argos
