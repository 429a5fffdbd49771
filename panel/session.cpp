// SPDX-License-Identifier: Apache-2.0
#include "panel/session.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <spdlog/spdlog.h>

#include "panel/problem.hpp"
#include "panel/security_headers.hpp"
#include "panel/upload.hpp"
#include "panel/wire.hpp"

namespace argos {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::redirect_error;
using asio::use_awaitable;
using asio::ip::tcp;
using boost::system::error_code;
using Wire = http::response<http::string_body>;
using std::chrono::milliseconds;

constexpr std::size_t kBuffer = 96U << 10U;
constexpr std::size_t kPart = 256U << 10U;  // of an upload
constexpr milliseconds kLinger{2'000};  // how long a refused upload is still read

Peer peer_of(Generic::socket& socket) {
  error_code gone;
  const auto remote = socket.remote_endpoint(gone);
  if (gone) return {};
  if (remote.protocol().family() == AF_UNIX) {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    const bool known = ::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0;
    return {known ? credentials.uid : static_cast<uid_t>(-1), ""};
  }
  tcp::endpoint endpoint;
  std::memcpy(endpoint.data(), remote.data(), std::min(remote.size(), endpoint.capacity()));
  endpoint.resize(remote.size());
  auto address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  return {std::nullopt, address.to_string()};
}

// ---- one request, read -----------------------------------------------------------------------------------------------------

Problem too_large(std::uint64_t most) {
  return {413, "TooLarge", "the body is larger than " + std::to_string(most >> 10U) + " KiB", "", {}, {}};
}

// What a request that cannot be read deserves; none where nobody waits for an answer.
std::optional<Problem> refusal(const error_code& failed, const HttpLimits& limits, std::uint64_t body_bytes) {
  if (failed == http::error::body_limit) return too_large(body_bytes);
  if (failed == http::error::header_limit || failed == http::error::buffer_overflow) {
    return Problem{
        431, "HeaderTooLarge", "the header is larger than " + std::to_string(limits.header_bytes >> 10U) + " KiB", "", {}, {}};
  }
  const bool silent = failed == http::error::end_of_stream || failed == http::error::partial_message;
  if (silent || failed.category() != http::make_error_code(http::error::bad_method).category()) return std::nullopt;
  return Problem{400, "NotHttp", "this is not an HTTP/1.1 request: " + failed.message(), "", {}, {}};
}

// The first byte of a request: until then the connection counts as idle.
Task<error_code> await_request(HttpSession& session, milliseconds patience) {
  error_code failed;
  session.now(HttpSession::Doing::waiting);
  session.stream.expires_after(patience);
  if (session.buffer.size() == 0) {
    const auto read =
        co_await session.stream.async_read_some(session.buffer.prepare(4096), redirect_error(use_awaitable, failed));
    session.buffer.commit(read);
  }
  session.now(HttpSession::Doing::receiving);
  co_return failed;
}

Task<error_code> receive_head(HttpSession& session, Parser& parser, const HttpLimits& limits) {
  error_code failed;
  parser.header_limit(limits.header_bytes);
  parser.body_limit(boost::none);  // nobody has said yet how long it may be
  session.buffer.consume(parser.put(session.buffer.data(), failed));  // most often all of it has come with its first byte
  if (failed == http::error::need_more) failed = {};
  if (failed || parser.is_header_done()) co_return failed;
  session.stream.expires_after(limits.patience);
  co_await http::async_read_header(session.stream, session.buffer, parser, redirect_error(use_awaitable, failed));
  co_return failed;
}

Task<error_code> write(HttpSession& session, Wire wire, milliseconds patience) {
  error_code failed;
  session.stream.expires_after(patience);
  co_await http::async_write(session.stream, wire, redirect_error(use_awaitable, failed));
  co_return failed;
}

// Whoever waits to be told that the body is wanted is told.
Task<error_code> invite(HttpSession& session, const Parser& parser, milliseconds patience) {
  if (!beast::iequals(parser.get()[http::field::expect], "100-continue")) co_return error_code{};
  Wire invitation{http::status::continue_, 11};
  co_return co_await write(session, std::move(invitation), patience);
}

Task<error_code> receive_body(HttpSession& session, Parser& parser, std::uint64_t most, milliseconds patience) {
  parser.body_limit(most);
  auto failed = co_await invite(session, parser, patience);
  if (failed || parser.is_done()) co_return failed;
  session.stream.expires_after(patience);
  co_await http::async_read(session.stream, session.buffer, parser, redirect_error(use_awaitable, failed));
  co_return failed;
}

// Part by part, each within `patience`. What cannot be stored is told in `refused`.
Task<error_code> receive_upload(HttpSession& session, Parser& head, Upload& upload, std::uint64_t most, milliseconds patience,
                                std::optional<Response>& refused) {
  auto failed = co_await invite(session, head, patience);
  http::request_parser<http::buffer_body> parser(std::move(head));
  parser.body_limit(most);
  while (!failed && !parser.is_done()) {
    std::string part(kPart, '\0');
    parser.get().body().data = part.data();
    parser.get().body().size = part.size();
    session.stream.expires_after(patience);
    co_await http::async_read(session.stream, session.buffer, parser, redirect_error(use_awaitable, failed));
    if (failed == http::error::need_buffer) failed = {};
    if (failed) break;
    part.resize(part.size() - parser.get().body().size);
    const auto taken = co_await upload.take(std::move(part));
    if (taken) continue;
    refused = to_response(problem_of(taken.error()));
    break;
  }
  co_return failed;
}

// ---- its answer, written ---------------------------------------------------------------------------------------------------

Wire head_of(const Response& response) {
  Wire wire{static_cast<http::status>(response.status), 11};
  for (const auto& [name, value] : kSecurityHeaders) wire.set(beast::string_view(name.data(), name.size()), value);
  for (const auto& [name, value] : response.headers) wire.set(name, value);
  return wire;
}

Wire to_wire(Response response, bool head, bool keep_alive) {
  Wire wire = head_of(response);
  wire.keep_alive(keep_alive);
  wire.body() = std::move(response.body);
  wire.prepare_payload();
  if (head) wire.body().clear();
  return wire;
}

// Answers, and reads on for a while: a connection closed on unread bytes is reset, and the answer lost with it.
Task<> refuse(HttpSession& session, Response refused, const HttpLimits& limits) {
  if (co_await write(session, to_wire(std::move(refused), false, false), limits.patience)) co_return;
  error_code done;
  session.stream.socket().shutdown(asio::socket_base::shutdown_send, done);
  session.stream.expires_after(std::min(kLinger, limits.patience));
  std::array<char, 16384> discarded;  // NOLINT: filled by the read
  for (std::uint64_t bytes = 0; !done && bytes < limits.discarded_bytes;) {
    bytes += co_await session.stream.async_read_some(asio::buffer(discarded), redirect_error(use_awaitable, done));
  }
}

class SessionOutlet final : public Outlet {
 public:
  SessionOutlet(HttpSession& session, milliseconds patience) : session_(session), patience_(patience) {}
  Task<bool> write(std::string_view part) override {
    error_code failed;
    session_.stream.expires_after(patience_);
    co_await asio::async_write(session_.stream, asio::buffer(part.data(), part.size()), redirect_error(use_awaitable, failed));
    session_.stream.expires_never();
    co_return !failed;
  }

 private:
  HttpSession& session_;
  milliseconds patience_;
};

// Whoever listens to a stream says nothing more: an end of what comes is the end of it.
Task<> watch_for_the_end(std::shared_ptr<HttpSession> session) {
  error_code ended;
  std::array<char, 512> discarded;  // NOLINT: filled by the read
  while (!ended) {
    co_await session->stream.async_read_some(asio::buffer(discarded), redirect_error(use_awaitable, ended));
  }
  session->cut.emit(asio::cancellation_type::terminal);
}

Task<> stream(std::shared_ptr<HttpSession> session, Response response, milliseconds patience) {
  session->now(HttpSession::Doing::streaming);
  Wire wire = head_of(response);
  wire.keep_alive(false);
  error_code failed;
  http::response_serializer<http::string_body> serializer(wire);
  session->stream.expires_after(patience);
  co_await http::async_write_header(session->stream, serializer, redirect_error(use_awaitable, failed));
  if (failed) co_return;
  session->stream.expires_never();
  asio::co_spawn(session->stream.get_executor(), watch_for_the_end(session), asio::detached);
  SessionOutlet outlet(*session, patience);
  co_await response.stream(outlet);
  session->stream.close();
}

Response internal() {
  return to_response({500, "Internal", "argos failed to answer this request", "argos' log says why", {}, {}});
}

// Whatever it throws is a defect, and no more than the end of one request.
template <class T>
Task<T> guarded(Task<T> asked, T otherwise) {
  try {
    co_return co_await std::move(asked);
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;  // the server stops, or nobody listens any more
    spdlog::error("a request failed inside argos: {}", error.what());
  } catch (const std::exception& error) {
    spdlog::error("a request failed inside argos: {}", error.what());
  }
  co_return otherwise;
}

struct Incoming {
  Parser parser;  // not to be used once an upload was received
  Request request;
  Admission admission;
  bool keep_alive = false;
  bool body_to_come = false;
};

// What is to become of it, before its body is read.
Task<> judge(const Serving& serving, Incoming& in) {
  auto& out = in.admission;
  out.body_bytes = serving.limits.body_bytes;
  in.keep_alive = in.parser.get().keep_alive();
  in.body_to_come = has_body_to_come(in.parser);
  if (!read_head(in.parser.get(), in.request)) {
    out.refused = to_response({400, "BadTarget", "the request's target is not a path", "", {}, {}});
  } else if (serving.gate) {
    Admission otherwise{internal(), 0};
    out = co_await guarded(serving.gate(in.request), std::move(otherwise));
    if (!in.request.upload) out.body_bytes = std::min(out.body_bytes, serving.limits.body_bytes);
  }
  if (!out.refused && says_longer(in.parser, out.body_bytes)) out.refused = to_response(too_large(out.body_bytes));
}

// False: it was the connection's last.
Task<bool> answer(const Serving& serving, std::shared_ptr<HttpSession> session, Incoming& in) {
  session->now(HttpSession::Doing::answering);
  const bool head = in.request.method == "HEAD";
  auto response = std::move(in.admission.refused);
  if (!response) {
    auto otherwise = internal();
    response = co_await guarded(serving.handler(std::move(in.request)), std::move(otherwise));
  }
  if (response->stream && !head) {
    co_await stream(session, std::move(*response), serving.limits.patience);
    co_return false;
  }
  const bool more = in.keep_alive && !serving.stopping;
  const auto failed = co_await write(*session, to_wire(std::move(*response), head, more), serving.limits.patience);
  co_return more && !failed;
}

Task<error_code> receive_rest(HttpSession& session, Incoming& in, milliseconds patience) {
  auto& admission = in.admission;
  if (!in.request.upload) {
    const auto failed = co_await receive_body(session, in.parser, admission.body_bytes, patience);
    if (!failed) in.request.body = std::move(in.parser.get().body());
    co_return failed;
  }
  co_return co_await receive_upload(session, in.parser, *in.request.upload, admission.body_bytes, patience, admission.refused);
}

// One request and its answer. False: it was the connection's last.
Task<bool> exchange(const Serving& serving, std::shared_ptr<HttpSession> session) {
  const auto patience = serving.limits.patience;
  if (co_await await_request(*session, patience)) co_return false;
  Incoming in;
  in.request.peer = session->peer;
  auto failed = co_await receive_head(*session, in.parser, serving.limits);
  if (!failed) {
    co_await judge(serving, in);
    if (!in.admission.refused) failed = co_await receive_rest(*session, in, patience);
    if (in.admission.refused && in.body_to_come) {
      co_await refuse(*session, std::move(*in.admission.refused), serving.limits);
      co_return false;
    }
  }
  if (failed) {
    const auto problem = refusal(failed, serving.limits, in.admission.body_bytes);
    if (problem) co_await refuse(*session, to_response(*problem), serving.limits);
    co_return false;
  }
  co_return co_await answer(serving, session, in);
}

}  // namespace

HttpSession::HttpSession(Generic::socket socket, int from)
    : stream(std::move(socket)), buffer(kBuffer), peer(peer_of(stream.socket())), listener(from) {}

void HttpSession::now(Doing next) {
  doing = next;
  since = std::chrono::steady_clock::now();
}

Task<> serve_session(std::shared_ptr<const Serving> serving, std::shared_ptr<HttpSession> session) {
  bool more = true;
  while (more && !serving->stopping) more = co_await exchange(*serving, session);
}

}  // namespace argos
