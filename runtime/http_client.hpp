// SPDX-License-Identifier: Apache-2.0
// One HTTP exchange on a fresh connection, over TCP or a unix socket.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "model/error.hpp"
#include "runtime/task.hpp"

namespace argos {

// "http://host:port" or "unix:///path".
struct Endpoint {
  std::string host;  // empty for a socket
  int port = 0;
  std::string socket;

  static Result<Endpoint> parse(std::string_view text);
  std::string text() const;  // as it was written
  bool is_socket() const { return !socket.empty(); }
};

struct HttpRequest {
  std::string method = "GET";
  std::string target = "/";
  std::vector<std::pair<std::string, std::string>> headers;  // Host is set by the client: host:port, or empty for a socket
  std::string body;
};

struct HttpResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  // lower-case names, trailers merged in; the last of repeated ones
  std::string body;
};

// Errors: Unreachable (no connection; nothing was sent), Timeout and ConnectionLost (it may have been carried out).
struct HttpClient {
  virtual ~HttpClient() = default;
  virtual Task<Result<HttpResponse>> send(const Endpoint& to, HttpRequest request, std::chrono::milliseconds patience) = 0;
};

class BeastHttpClient final : public HttpClient {
 public:
  Task<Result<HttpResponse>> send(const Endpoint& to, HttpRequest request, std::chrono::milliseconds patience) override;
};

// Sends one request, then holds the connection, idle, until the other side closes it. `connected` is called once the answer has
// begun to come. False: there was no connection or no answer.
Task<bool> hold_connection(Endpoint to, std::string target, std::function<void()> connected);

}  // namespace argos
