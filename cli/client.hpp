// SPDX-License-Identifier: Apache-2.0
// The running argos, asked over argos.sock. Blocks until the answer is there.
#pragma once

#include <chrono>
#include <string>

#include <boost/json/value.hpp>

#include "model/error.hpp"
#include "runtime/config.hpp"

namespace argos {

// The environment; where it names no data folder and ./var/argos.sock is there (`make up`), ./var is it.
Environment client_environment();

class Client {
 public:
  // What argos answered, whatever it was. The body is null where there is none.
  struct Answer {
    int status = 0;
    boost::json::value body;
  };

  // `command`: what the history will say that a change came from.
  Client(std::string socket, std::string command) : socket_(std::move(socket)), command_(std::move(command)) {}
  const std::string& socket() const { return socket_; }
  void patience(std::chrono::milliseconds patience) { patience_ = patience; }

  // Errors: NotRunning, NotAllowed, NotAnswering.
  Result<Answer> ask(std::string method, std::string target, const boost::json::value* body = nullptr) const;

  // An answer's body. Errors: those, and whatever reason argos refuses with.
  Result<boost::json::value> get(const std::string& target) const;
  Result<boost::json::value> post(const std::string& target, const boost::json::value& body) const;
  Result<boost::json::value> erase(const std::string& target) const;

 private:
  std::string socket_, command_;
  std::chrono::milliseconds patience_{30'000};
};

// What a refusal says.
Error refusal_in(const Client::Answer& answer);

// Client of this environment, for "argos apply". The error is one of the configuration: used wrongly.
Result<Client> make_client(std::string command = "argos");

}  // namespace argos
