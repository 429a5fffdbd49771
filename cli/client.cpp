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

constexpr std::size_t kDeepest = 64;  // of an answer: an object may have 32 levels, and lies within a list

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

Result<HttpResponse> exchange(const std::string& socket, HttpRequest request, std::chrono::milliseconds patience) {
  const auto endpoint = Endpoint::parse("unix://" + std::filesystem::absolute(socket).string());
  if (!endpoint) return endpoint.error();
  boost::asio::io_context context(1);
  BeastHttpClient http;
  Result<HttpResponse> out = Error{"NotAnswering", "no answer"};
  boost::asio::co_spawn(context, http.send(*endpoint, std::move(request), patience),
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

Result<Client> make_client(std::string command) {
  const auto config = read_config(client_environment());
  if (!config) return config.error();
  return Client(config->socket_path(), std::move(command));
}

Error refusal_in(const Client::Answer& answer) {
  if (!answer.body.is_object()) return {"Refused", "argos answered " + std::to_string(answer.status)};
  return {text_at(answer.body, {"reason"}), text_at(answer.body, {"detail"}), text_at(answer.body, {"hint"})};
}

Result<Client::Answer> Client::ask(std::string method, std::string target, const boost::json::value* body) const {
  HttpRequest request{std::move(method), std::move(target), {{"Argos-Client", command_}}, ""};
  if (body != nullptr) {
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = boost::json::serialize(*body);
  }
  const auto answer = exchange(socket_, std::move(request), patience_);
  if (!answer) return unreachable(socket_, answer.error());
  if (answer->body.empty()) return Answer{answer->status, nullptr};
  boost::json::parse_options options;
  options.max_depth = kDeepest;
  boost::system::error_code bad;
  auto parsed = boost::json::parse(answer->body, bad, {}, options);
  if (bad && answer->status < 400)
    return Error{"NotAnswering", "argos' answer is not JSON: " + bad.message(), "is it another version?"};
  return Answer{answer->status, std::move(parsed)};
}

namespace {

Result<boost::json::value> body_of(Result<Client::Answer> answer) {
  if (!answer) return answer.error();
  if (answer->status >= 400) return refusal_in(*answer);
  return std::move(answer->body);
}

}  // namespace

Result<boost::json::value> Client::get(const std::string& target) const { return body_of(ask("GET", target)); }
Result<boost::json::value> Client::erase(const std::string& target) const { return body_of(ask("DELETE", target)); }
Result<boost::json::value> Client::post(const std::string& target, const boost::json::value& body) const {
  return body_of(ask("POST", target, &body));
}

}  // namespace argos
