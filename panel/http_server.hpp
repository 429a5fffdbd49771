// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 over TCP and a unix socket: who may connect, and how many at once. What is said on a connection is session.hpp's.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "model/error.hpp"
#include "panel/http.hpp"
#include "runtime/config.hpp"

namespace argos {

struct HttpLimits {
  std::uint32_t header_bytes = 16U << 10U;
  std::uint64_t body_bytes = 8U << 20U;
  std::uint64_t discarded_bytes = 16U << 20U;  // of a body that was refused, read on so that its sender sees the refusal
  std::chrono::milliseconds patience{30'000};  // to receive a whole header, a whole body, and to send a whole answer
  std::size_t connections = 2'048;             // a listener; beyond it the one that has been idle longest goes
};

// Loop thread only. Requests run at once, each on its own coroutine; those of one connection one after the other.
class HttpServer {
 public:
  // `gate` is asked before a body is read; without one every request is let through.
  HttpServer(boost::asio::any_io_executor executor, Handler handler, HttpLimits limits = {}, Gate gate = {});
  ~HttpServer();  // whatever is still open is cut
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Binds and begins to accept. Logs `listening at http://HOST:PORT`. Error: CannotListen.
  Result<> listen(const ListenAddress& address);
  // 0600; replaces a socket file that a former run left: whoever calls holds argos.lock. Error: CannotListen.
  Result<> listen(const std::string& socket_path);
  int port() const;  // of the TCP listener; 0 when there is none

  // Takes no more requests, lets those in hand be answered until the deadline, then cuts them. The socket's file goes.
  Task<> stop(std::chrono::milliseconds deadline);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace argos
