// SPDX-License-Identifier: Apache-2.0
// Beast's reads and writes: nothing else of the panel includes them.
#include "panel/http_server.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <list>

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <spdlog/spdlog.h>

#include "model/text.hpp"
#include "model/validate.hpp"
#include "panel/problem.hpp"

namespace argos {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::redirect_error;
using asio::use_awaitable;
using asio::ip::tcp;
using boost::system::error_code;
using Generic = asio::generic::stream_protocol;  // TCP and unix sockets alike: one instantiation of Beast
using Stream = beast::basic_stream<Generic>;
using Parser = http::request_parser<http::string_body>;
using Wire = http::response<http::string_body>;
using std::chrono::milliseconds;
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::size_t kBuffer = 96U << 10U;
constexpr milliseconds kLinger{2'000};  // how long a refused upload is still read, so that its sender sees the refusal

struct Session {
  explicit Session(Generic::socket socket) : stream(std::move(socket)) {}
  enum class Doing { waiting, receiving, answering };

  Stream stream;
  Peer peer;
  int listener = 0;  // the acceptor's descriptor
  Doing doing = Doing::waiting;
  SteadyTime since = std::chrono::steady_clock::now();
  asio::cancellation_signal cut;

  void now(Doing next) {
    doing = next;
    since = std::chrono::steady_clock::now();
  }
};
using Sessions = std::list<std::shared_ptr<Session>>;

struct Listener {
  explicit Listener(const asio::any_io_executor& executor) : acceptor(executor) {}
  asio::basic_socket_acceptor<Generic> acceptor;
  std::string socket_path;  // empty: TCP
};

Error cannot_listen(const std::string& where, const std::string& why, std::string hint) {
  return {"CannotListen", "cannot listen at " + where + ": " + why, std::move(hint), Retry::never};
}

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

bool is_text(std::string_view text) { return is_utf8(text) && text.find('\0') == std::string_view::npos; }

// ---- one request -----------------------------------------------------------------------------------------------------------

// False: the target is no path, or not text: answers quote it.
bool read_target(std::string_view target, Request& request) {
  const auto url = target.starts_with('/') ? boost::urls::parse_origin_form(target) : boost::urls::parse_uri(target);
  if (!url) return false;
  request.path = url->path();
  if (request.path.empty()) request.path = "/";
  bool text = is_text(request.path);
  for (const auto& parameter : url->params()) {
    text = text && is_text(parameter.key) && is_text(parameter.value);
    request.query[parameter.key] = parameter.value;
  }
  return text;
}

bool to_request(http::request<http::string_body>& wire, const Peer& peer, Request& request) {
  request.method = std::string(wire.method_string());
  for (const auto& field : wire) {
    std::string name(field.name_string());
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    auto& value = request.headers[name];
    value += (value.empty() ? "" : ", ") + std::string(field.value());
  }
  request.body = std::move(wire.body());
  request.peer = peer;
  return read_target(std::string_view(wire.target().data(), wire.target().size()), request);
}

Wire to_wire(const Response& response, bool head, bool keep_alive) {
  Wire wire{static_cast<http::status>(response.status), 11};
  wire.set(http::field::cache_control, "no-store");
  wire.set("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : response.headers) wire.set(name, value);
  wire.keep_alive(keep_alive);
  wire.body() = response.body;
  wire.prepare_payload();
  if (head) wire.body().clear();
  return wire;
}

// What a request that cannot be read deserves; none where nobody waits for an answer.
std::optional<Problem> refusal(const error_code& failed, const HttpLimits& limits) {
  if (failed == http::error::body_limit) {
    return Problem{413, "TooLarge", "the body is larger than " + std::to_string(limits.body_bytes >> 10U) + " KiB", "", {}, {}};
  }
  if (failed == http::error::header_limit || failed == http::error::buffer_overflow) {
    return Problem{
        431, "HeaderTooLarge", "the header is larger than " + std::to_string(limits.header_bytes >> 10U) + " KiB", "", {}, {}};
  }
  const bool silent = failed == http::error::end_of_stream || failed == http::error::partial_message;
  if (silent || failed.category() != http::make_error_code(http::error::bad_method).category()) return std::nullopt;
  return Problem{400, "NotHttp", "this is not an HTTP/1.1 request: " + failed.message(), "", {}, {}};
}

Task<Response> answer(const Handler& handler, Request request) {
  try {
    co_return co_await handler(std::move(request));
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;  // the server stops
    spdlog::error("a request failed inside argos: {}", error.what());
  } catch (const std::exception& error) {
    spdlog::error("a request failed inside argos: {}", error.what());
  }
  co_return to_response({500, "Internal", "argos failed to answer this request", "argos' log says why", {}, {}});
}

Task<error_code> write(Session& session, Wire wire, milliseconds patience) {
  error_code failed;
  session.stream.expires_after(patience);
  co_await http::async_write(session.stream, wire, redirect_error(use_awaitable, failed));
  co_return failed;
}

// The first byte of a request: until then the connection counts as idle.
Task<error_code> await_request(Session& session, beast::flat_buffer& buffer, milliseconds patience) {
  error_code failed;
  session.now(Session::Doing::waiting);
  session.stream.expires_after(patience);
  if (buffer.size() == 0) {
    const auto read = co_await session.stream.async_read_some(buffer.prepare(4096), redirect_error(use_awaitable, failed));
    buffer.commit(read);
  }
  session.now(Session::Doing::receiving);
  co_return failed;
}

Task<error_code> receive(Session& session, beast::flat_buffer& buffer, Parser& parser, milliseconds patience) {
  error_code failed;
  session.stream.expires_after(patience);
  co_await http::async_read_header(session.stream, buffer, parser, redirect_error(use_awaitable, failed));
  if (failed) co_return failed;
  if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
    failed = co_await write(session, Wire{http::status::continue_, 11}, patience);
    if (failed) co_return failed;
  }
  session.stream.expires_after(patience);
  co_await http::async_read(session.stream, buffer, parser, redirect_error(use_awaitable, failed));
  co_return failed;
}

// Answers, and reads on for a while: a connection closed on unread bytes is reset, and the answer lost with it.
Task<> refuse(Session& session, const Problem& problem, milliseconds patience) {
  if (co_await write(session, to_wire(to_response(problem), false, false), patience)) co_return;
  error_code done;
  session.stream.socket().shutdown(asio::socket_base::shutdown_send, done);
  session.stream.expires_after(std::min(kLinger, patience));
  std::array<char, 16384> discarded;  // NOLINT: filled by the read
  while (!done) {
    co_await session.stream.async_read_some(asio::buffer(discarded), redirect_error(use_awaitable, done));
  }
}

}  // namespace

// ---- the server ------------------------------------------------------------------------------------------------------------

struct HttpServer::State : std::enable_shared_from_this<HttpServer::State> {
  State(asio::any_io_executor on, Handler to, HttpLimits within)
      : executor(std::move(on)), handler(std::move(to)), limits(within), ended(executor) {}

  Result<> open(const Generic::endpoint& endpoint, const std::string& where, Listener& listener) const;
  Result<> open_each(const std::vector<tcp::endpoint>& endpoints, const std::string& where);
  void accept_on(const std::shared_ptr<Listener>& listener);
  void admit(const Listener& listener, Generic::socket socket);
  bool make_room(int listener);
  void cut_all(bool also_answering);
  int port() const;

  static Task<> accept(std::shared_ptr<State> state, std::shared_ptr<Listener> listener);
  static Task<> serve(std::shared_ptr<State> state, std::shared_ptr<Session> session);
  static Task<> stop(std::shared_ptr<State> state, milliseconds deadline);
  static Task<> ended_by(std::shared_ptr<State> state, milliseconds deadline);

  // Constant after construction
  asio::any_io_executor executor;
  Handler handler;
  HttpLimits limits;
  // Loop thread only
  std::vector<std::shared_ptr<Listener>> listeners;
  Sessions sessions;
  asio::steady_timer ended;  // cancelled when the last session ends
  bool stopping = false;
};

Task<> HttpServer::State::serve(std::shared_ptr<State> state, std::shared_ptr<Session> session) {
  const auto patience = state->limits.patience;
  beast::flat_buffer buffer(kBuffer);
  for (bool more = true; more && !state->stopping;) {
    if (co_await await_request(*session, buffer, patience)) co_return;
    Parser parser;
    parser.header_limit(state->limits.header_bytes);
    parser.body_limit(state->limits.body_bytes);
    if (const auto failed = co_await receive(*session, buffer, parser, patience)) {
      const auto problem = refusal(failed, state->limits);
      if (problem) co_await refuse(*session, *problem, patience);
      co_return;
    }
    session->now(Session::Doing::answering);
    Request request;
    const bool head = parser.get().method() == http::verb::head;
    const bool keep_alive = parser.get().keep_alive();
    Response response;
    if (to_request(parser.get(), session->peer, request)) {
      response = co_await answer(state->handler, std::move(request));
    } else {
      response = to_response({400, "BadTarget", "the request's target is not a path", "", {}, {}});
    }
    more = keep_alive && !state->stopping;
    if (co_await write(*session, to_wire(response, head, more), patience)) co_return;
  }
}

Task<> HttpServer::State::accept(std::shared_ptr<State> state, std::shared_ptr<Listener> listener) {
  asio::steady_timer pause(state->executor);
  while (!state->stopping) {
    error_code failed;
    auto socket = co_await listener->acceptor.async_accept(redirect_error(use_awaitable, failed));
    if (state->stopping || failed == asio::error::operation_aborted) co_return;
    if (!failed) {
      state->admit(*listener, std::move(socket));
      continue;
    }
    spdlog::warn("a connection could not be accepted: {}", failed.message());  // no descriptor left, most likely
    pause.expires_after(milliseconds(100));
    co_await pause.async_wait(redirect_error(use_awaitable, failed));
  }
}

void HttpServer::State::admit(const Listener& listener, Generic::socket socket) {
  const int id = const_cast<Listener&>(listener).acceptor.native_handle();
  if (!make_room(id)) return;  // closes it
  error_code ignored;
  if (listener.socket_path.empty()) socket.set_option(tcp::no_delay(true), ignored);
  auto session = std::make_shared<Session>(std::move(socket));
  session->peer = peer_of(session->stream.socket());
  session->listener = id;
  const auto place = sessions.insert(sessions.end(), session);
  const auto finished = [state = shared_from_this(), place](const std::exception_ptr&) {
    state->sessions.erase(place);
    if (state->sessions.empty()) state->ended.cancel();
  };
  asio::co_spawn(executor, serve(shared_from_this(), session), asio::bind_cancellation_slot(session->cut.slot(), finished));
}

// Of too many connections the one that has kept us waiting longest goes; false when all are being answered.
bool HttpServer::State::make_room(int listener) {
  const auto here = [&](const auto& session) { return session->listener == listener && session->stream.socket().is_open(); };
  if (static_cast<std::size_t>(std::ranges::count_if(sessions, here)) < limits.connections) return true;
  Session* oldest = nullptr;
  for (const auto& session : sessions) {
    if (!here(session) || session->doing == Session::Doing::answering) continue;
    if (oldest == nullptr || std::pair(session->doing, session->since) < std::pair(oldest->doing, oldest->since)) {
      oldest = session.get();
    }
  }
  if (oldest == nullptr) return false;
  oldest->stream.close();
  return true;
}

Result<> HttpServer::State::open(const Generic::endpoint& endpoint, const std::string& where, Listener& listener) const {
  const std::string hint = listener.socket_path.empty() ? "ARGOS_LISTEN says where; another program may hold that port"
                                                        : "the socket lies in ARGOS_DATA_DIR";
  error_code failed;
  listener.acceptor.open(endpoint.protocol(), failed);
  if (!failed && listener.socket_path.empty()) listener.acceptor.set_option(asio::socket_base::reuse_address(true), failed);
  if (!failed && endpoint.protocol().family() == AF_INET6 && where.starts_with("all addresses")) {
    listener.acceptor.set_option(asio::ip::v6_only(false), failed);
  }
  if (!failed) listener.acceptor.bind(endpoint, failed);
  if (!failed && !listener.socket_path.empty() && ::chmod(listener.socket_path.c_str(), 0600) != 0) {
    failed.assign(errno, boost::system::system_category());
  }
  if (!failed) listener.acceptor.listen(asio::socket_base::max_listen_connections, failed);
  if (failed) return cannot_listen(where, failed.message(), hint);
  return {};
}

void HttpServer::State::accept_on(const std::shared_ptr<Listener>& listener) {
  listeners.push_back(listener);
  asio::co_spawn(executor, accept(shared_from_this(), listener), asio::detached);
}

// All or none; a port picked for the first is the others' too.
Result<> HttpServer::State::open_each(const std::vector<tcp::endpoint>& endpoints, const std::string& where) {
  std::vector<std::shared_ptr<Listener>> opened;
  unsigned short picked = 0;
  for (auto endpoint : endpoints) {
    if (endpoint.port() == 0) endpoint.port(picked);
    auto listener = std::make_shared<Listener>(executor);
    if (auto done = open(endpoint, where, *listener); !done) return done;
    tcp::endpoint bound;
    const auto local = listener->acceptor.local_endpoint();
    std::memcpy(bound.data(), local.data(), std::min(local.size(), bound.capacity()));
    picked = bound.port();
    opened.push_back(std::move(listener));
  }
  for (const auto& listener : opened) accept_on(listener);
  return {};
}

int HttpServer::State::port() const {
  for (const auto& listener : listeners) {
    if (!listener->socket_path.empty() || !listener->acceptor.is_open()) continue;
    tcp::endpoint bound;
    const auto local = listener->acceptor.local_endpoint();
    std::memcpy(bound.data(), local.data(), std::min(local.size(), bound.capacity()));
    return bound.port();
  }
  return 0;
}

void HttpServer::State::cut_all(bool also_answering) {
  const Sessions now = sessions;  // a cut one may leave the list at once
  for (const auto& session : now) {
    if (!also_answering && session->doing == Session::Doing::answering) continue;
    session->stream.close();
    if (also_answering) session->cut.emit(asio::cancellation_type::terminal);
  }
}

Task<> HttpServer::State::ended_by(std::shared_ptr<State> state, milliseconds deadline) {
  error_code ignored;
  state->ended.expires_after(deadline);
  if (!state->sessions.empty()) co_await state->ended.async_wait(redirect_error(use_awaitable, ignored));
}

Task<> HttpServer::State::stop(std::shared_ptr<State> state, milliseconds deadline) {
  state->stopping = true;
  error_code ignored;
  for (const auto& listener : state->listeners) {
    if (listener->acceptor.is_open() && !listener->socket_path.empty()) ::unlink(listener->socket_path.c_str());
    listener->acceptor.close(ignored);
  }
  state->cut_all(false);
  co_await ended_by(state, deadline);
  state->cut_all(true);
  co_await ended_by(state, kLinger);
}

HttpServer::HttpServer(asio::any_io_executor executor, Handler handler, HttpLimits limits)
    : state_(std::make_shared<State>(std::move(executor), std::move(handler), limits)) {}

HttpServer::~HttpServer() {
  state_->stopping = true;
  error_code ignored;
  for (const auto& listener : state_->listeners) listener->acceptor.close(ignored);
  state_->cut_all(true);
}

Result<> HttpServer::listen(const ListenAddress& address) {
  const auto port = static_cast<unsigned short>(address.port);
  const std::string where =
      address.host.empty() ? "all addresses, port " + std::to_string(port) : host_and_port(address.host, address.port);
  if (address.host.empty()) {
    const auto both = state_->open_each({{asio::ip::address_v6::any(), port}}, where);
    const auto done = both ? both : state_->open_each({{asio::ip::address_v4::any(), port}}, where);  // a kernel without IPv6
    if (!done) return both;
  } else {
    error_code failed;
    tcp::resolver resolver(state_->executor);
    const auto found = resolver.resolve(address.host, std::to_string(port), tcp::resolver::passive, failed);
    if (failed) return cannot_listen(where, failed.message(), "ARGOS_LISTEN says where");
    std::vector<tcp::endpoint> endpoints;
    for (const auto& entry : found) endpoints.push_back(entry.endpoint());
    if (auto done = state_->open_each(endpoints, where); !done) return done;
  }
  spdlog::info("listening at http://{}", host_and_port(address.host.empty() ? "localhost" : address.host, state_->port()));
  return {};
}

Result<> HttpServer::listen(const std::string& socket_path) {
  if (socket_path.size() >= sizeof(sockaddr_un::sun_path)) {
    return cannot_listen(socket_path, "a socket's path has at most 107 characters", "choose a shorter ARGOS_DATA_DIR");
  }
  struct stat there {};
  if (::lstat(socket_path.c_str(), &there) == 0) {
    if (!S_ISSOCK(there.st_mode)) return cannot_listen(socket_path, "something else lies there", "move it away");
    ::unlink(socket_path.c_str());
  }
  auto listener = std::make_shared<Listener>(state_->executor);
  listener->socket_path = socket_path;
  const Generic::endpoint endpoint(asio::local::stream_protocol::endpoint{socket_path});
  if (auto done = state_->open(endpoint, socket_path, *listener); !done) return done;
  state_->accept_on(listener);
  return {};
}

int HttpServer::port() const { return state_->port(); }

// A plain function: what it needs outlives the server.
Task<> HttpServer::stop(milliseconds deadline) { return State::stop(state_, deadline); }

}  // namespace argos
