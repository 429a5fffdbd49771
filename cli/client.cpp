// SPDX-License-Identifier: Apache-2.0
#include "cli/client.hpp"

#include <unistd.h>

#include <filesystem>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>

#include "cli/output.hpp"
#include "runtime/http_client.hpp"

namespace argos {
namespace {

constexpr std::chrono::seconds kPatience{30};

Error unreachable(const std::string& socket, const Error& error) {
  if (::access(socket.c_str(), F_OK) != 0) {
    return {"NotRunning", "argos is not running here: there is no " + socket,
            "start it with `argos serve` or `make up`, or name its data folder in ARGOS_DATA_DIR"};
  }
  if (::access(socket.c_str(), R_OK | W_OK) != 0) {
    return {"NotAllowed", "this user may not use " + socket, "be root or the user that argos runs as"};
  }
  if (error.reason == "Unreachable")
    return {"NotRunning", "argos is not running here: nobody answers at " + socket, "start it with `argos serve` or `make up`"};
  return {"NotAnswering", "argos did not answer: " + error.message, "its log may say why"};
}

Result<HttpResponse> exchange(const std::string& socket, HttpRequest request) {
  const auto endpoint = Endpoint::parse("unix://" + std::filesystem::absolute(socket).string());
  if (!endpoint) return endpoint.error();
  boost::asio::io_context context(1);
  BeastHttpClient http;
  Result<HttpResponse> out = Error{"NotAnswering", "no answer"};
  boost::asio::co_spawn(context, http.send(*endpoint, std::move(request), kPatience),
                        [&out](const std::exception_ptr& thrown, Result<HttpResponse> answer) {
                          if (thrown) std::rethrow_exception(thrown);
                          out = std::move(answer);
                        });
  context.run();
  return out;
}

}  // namespace

Environment client_environment() {
  auto environment = process_environment();
  std::error_code ignored;
  const bool named = environment.contains("ARGOS_DATA_DIR") || environment.contains("ARGOS_DATA_DIR_FILE");
  if (!named && std::filesystem::exists("var/argos.sock", ignored)) {
    environment["ARGOS_DATA_DIR"] = std::filesystem::absolute("var").string();
  }
  return environment;
}

Result<Client> make_client() {
  const auto config = read_config(client_environment());
  if (!config) return config.error();
  return Client(config->socket_path());
}

Result<boost::json::value> Client::send(HttpRequest request) const {
  const auto answer = exchange(socket_, std::move(request));
  if (!answer) return unreachable(socket_, answer.error());
  boost::system::error_code bad;
  auto body = boost::json::parse(answer->body, bad);
  if (answer->status >= 400) {
    if (bad || !body.is_object()) return Error{"Refused", "argos answered " + std::to_string(answer->status)};
    return Error{text_at(body, {"reason"}), text_at(body, {"detail"}), text_at(body, {"hint"})};
  }
  if (bad) return Error{"NotAnswering", "argos' answer is not JSON: " + bad.message(), "is it another version?"};
  return body;
}

Result<boost::json::value> Client::get(const std::string& target) const { return send({"GET", target, {}, ""}); }

Result<boost::json::value> Client::post(const std::string& target, const boost::json::value& body) const {
  return send({"POST", target, {{"Content-Type", "application/json"}}, boost::json::serialize(body)});
}

}  // namespace argos
