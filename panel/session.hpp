// SPDX-License-Identifier: Apache-2.0
// One connection: reads requests within limits, one after the other, and writes the answers.
#pragma once

#include <chrono>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include "panel/http_server.hpp"

namespace argos {

using Generic = boost::asio::generic::stream_protocol;  // TCP and unix sockets alike: one instantiation of Beast

// What every connection of a server shares.
struct Serving {
  // Constant after construction
  Handler handler;
  Gate gate;
  HttpLimits limits;
  // Loop thread only
  bool stopping = false;
};

// Loop thread only.
struct HttpSession {
  // The later, the dearer: of too many connections those go first that only wait.
  enum class Doing { waiting, receiving, streaming, answering };

  HttpSession(Generic::socket socket, int from);

  void now(Doing next);
  bool is_open() const { return stream.socket().is_open(); }
  void close() { stream.close(); }

  boost::beast::basic_stream<Generic> stream;
  boost::beast::flat_buffer buffer;
  Peer peer;
  int listener = 0;  // the acceptor's descriptor
  Doing doing = Doing::waiting;
  std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();
  boost::asio::cancellation_signal cut;  // ends serve_session() wherever it is
};

// Until either side has enough of it.
Task<> serve_session(std::shared_ptr<const Serving> serving, std::shared_ptr<HttpSession> session);

}  // namespace argos
