// SPDX-License-Identifier: Apache-2.0
// A loop that runs until one coroutine has its result, and raw bytes to and from a server.
#pragma once

#include <boost/asio.hpp>

#include "runtime/http_client.hpp"
#include "runtime/task.hpp"

namespace argos::test {

namespace asio = boost::asio;
using Socket = asio::generic::stream_protocol::socket;

class Loop {
 public:
  asio::any_io_executor executor() { return context_.get_executor(); }

  template <class T>
  T run(Task<T> task) {
    std::optional<T> out;
    std::exception_ptr failed;
    asio::co_spawn(context_, std::move(task), [&](const std::exception_ptr& thrown, T result) {
      failed = thrown;
      out = std::move(result);
    });
    while (!out && !failed) step();
    if (failed) std::rethrow_exception(failed);
    return std::move(*out);
  }
  void run(Task<> task) {
    bool done = false;
    asio::co_spawn(context_, std::move(task), [&](const std::exception_ptr&) { done = true; });
    while (!done) step();
  }
  template <class Condition>
  void until(Condition condition) {
    while (!condition()) step();
  }
  void step() {
    context_.restart();
    context_.run_one_for(std::chrono::milliseconds(50));
  }

 private:
  asio::io_context context_{1};
};

inline HttpResponse send(Loop& loop, const Endpoint& to, HttpRequest request) {
  BeastHttpClient client;
  auto answer = loop.run(client.send(to, std::move(request), std::chrono::seconds(10)));
  if (!answer) throw std::runtime_error(answer.error().reason + ": " + answer.error().message);
  return *answer;
}

inline Endpoint tcp(int port, std::string host = "127.0.0.1") { return {std::move(host), port, ""}; }
inline Endpoint unix_socket(std::string path) { return {"", 0, std::move(path)}; }

inline Socket connect_to(Loop& loop, int port) {
  asio::ip::tcp::socket socket(loop.executor());
  socket.connect({asio::ip::make_address("127.0.0.1"), static_cast<unsigned short>(port)});
  return Socket(std::move(socket));
}

inline Task<std::string> read_until(Socket& socket, std::string until) {
  std::string out;
  boost::system::error_code failed;
  co_await asio::async_read_until(socket, asio::dynamic_buffer(out), until, asio::redirect_error(asio::use_awaitable, failed));
  co_return out;
}

// Everything until the server closes.
inline Task<std::string> read_all_of(Socket& socket) {
  std::string out;
  boost::system::error_code failed;
  co_await asio::async_read(socket, asio::dynamic_buffer(out), asio::redirect_error(asio::use_awaitable, failed));
  co_return out;
}

inline std::string ask(Loop& loop, int port, const std::string& bytes) {
  auto socket = connect_to(loop, port);
  asio::write(socket, asio::buffer(bytes));
  return loop.run(read_all_of(socket));
}

}  // namespace argos::test
