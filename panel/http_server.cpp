// SPDX-License-Identifier: Apache-2.0
#include "panel/http_server.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <list>

#include <boost/asio.hpp>
#include <spdlog/spdlog.h>

#include "model/validate.hpp"
#include "panel/session.hpp"

namespace argos {
namespace {

namespace asio = boost::asio;
using asio::redirect_error;
using asio::use_awaitable;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;
using Sessions = std::list<std::shared_ptr<HttpSession>>;

constexpr milliseconds kUnmaking{2'000};  // for what was cut to come to its end

struct Listener {
  explicit Listener(const asio::any_io_executor& executor) : acceptor(executor) {}
  asio::basic_socket_acceptor<Generic> acceptor;
  std::string socket_path;  // empty: TCP
};

Error cannot_listen(const std::string& where, const std::string& why, std::string hint) {
  return {"CannotListen", "cannot listen at " + where + ": " + why, std::move(hint), Retry::never};
}

tcp::endpoint local_endpoint_of(const Listener& listener) {
  tcp::endpoint out;
  const auto local = listener.acceptor.local_endpoint();
  std::memcpy(out.data(), local.data(), std::min(local.size(), out.capacity()));
  return out;
}

}  // namespace

struct HttpServer::State : std::enable_shared_from_this<HttpServer::State> {
  State(asio::any_io_executor on, Serving how)
      : executor(std::move(on)), serving(std::make_shared<Serving>(std::move(how))), ended(executor) {}

  Result<> open(const Generic::endpoint& endpoint, const std::string& where, Listener& listener) const;
  Result<> open_each(const std::vector<tcp::endpoint>& endpoints, const std::string& where);
  void accept_on(const std::shared_ptr<Listener>& listener);
  void admit(const Listener& listener, Generic::socket socket);
  bool make_room(int listener);
  void cut_all(bool also_answering);
  int port() const;

  static Task<> accept(std::shared_ptr<State> state, std::shared_ptr<Listener> listener);
  static Task<> stop(std::shared_ptr<State> state, milliseconds deadline);
  static Task<> ended_by(std::shared_ptr<State> state, milliseconds deadline);

  // Constant after construction
  asio::any_io_executor executor;
  std::shared_ptr<Serving> serving;
  // Loop thread only
  std::vector<std::shared_ptr<Listener>> listeners;
  Sessions sessions;
  asio::steady_timer ended;  // cancelled when the last session ends
};

Task<> HttpServer::State::accept(std::shared_ptr<State> state, std::shared_ptr<Listener> listener) {
  asio::steady_timer pause(state->executor);
  while (!state->serving->stopping) {
    error_code failed;
    auto socket = co_await listener->acceptor.async_accept(redirect_error(use_awaitable, failed));
    if (state->serving->stopping || failed == asio::error::operation_aborted) co_return;
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
  auto session = std::make_shared<HttpSession>(std::move(socket), id);
  const auto place = sessions.insert(sessions.end(), session);
  const auto finished = [state = shared_from_this(), place](const std::exception_ptr&) {
    state->sessions.erase(place);
    if (state->sessions.empty()) state->ended.cancel();
  };
  asio::co_spawn(executor, serve_session(serving, session), asio::bind_cancellation_slot(session->cut.slot(), finished));
}

// Of too many connections the one that has kept us waiting longest goes; false when all are being answered.
bool HttpServer::State::make_room(int listener) {
  const auto here = [&](const auto& session) { return session->listener == listener && session->is_open(); };
  if (static_cast<std::size_t>(std::ranges::count_if(sessions, here)) < serving->limits.connections) return true;
  HttpSession* oldest = nullptr;
  for (const auto& session : sessions) {
    if (!here(session) || session->doing >= HttpSession::Doing::streaming) continue;
    if (oldest == nullptr || std::pair(session->doing, session->since) < std::pair(oldest->doing, oldest->since)) {
      oldest = session.get();
    }
  }
  if (oldest == nullptr) return false;
  oldest->close();
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
    picked = local_endpoint_of(*listener).port();
    opened.push_back(std::move(listener));
  }
  for (const auto& listener : opened) accept_on(listener);
  return {};
}

int HttpServer::State::port() const {
  for (const auto& listener : listeners) {
    if (!listener->socket_path.empty() || !listener->acceptor.is_open()) continue;
    return local_endpoint_of(*listener).port();
  }
  return 0;
}

void HttpServer::State::cut_all(bool also_answering) {
  const Sessions now = sessions;  // a cut one may leave the list at once
  for (const auto& session : now) {
    if (!also_answering && session->doing == HttpSession::Doing::answering) continue;
    session->close();
    if (session->doing >= HttpSession::Doing::streaming) session->cut.emit(asio::cancellation_type::terminal);
  }
}

Task<> HttpServer::State::ended_by(std::shared_ptr<State> state, milliseconds deadline) {
  error_code ignored;
  state->ended.expires_after(deadline);
  if (!state->sessions.empty()) co_await state->ended.async_wait(redirect_error(use_awaitable, ignored));
}

Task<> HttpServer::State::stop(std::shared_ptr<State> state, milliseconds deadline) {
  state->serving->stopping = true;
  error_code ignored;
  for (const auto& listener : state->listeners) {
    if (listener->acceptor.is_open() && !listener->socket_path.empty()) ::unlink(listener->socket_path.c_str());
    listener->acceptor.close(ignored);
  }
  state->cut_all(false);
  co_await ended_by(state, deadline);
  state->cut_all(true);
  co_await ended_by(state, kUnmaking);
}

HttpServer::HttpServer(asio::any_io_executor executor, Handler handler, HttpLimits limits, Gate gate)
    : state_(std::make_shared<State>(std::move(executor), Serving{std::move(handler), std::move(gate), limits})) {}

HttpServer::~HttpServer() {
  state_->serving->stopping = true;
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
