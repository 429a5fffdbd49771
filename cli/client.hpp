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
  explicit Client(std::string socket) : socket_(std::move(socket)) {}

  // An answer's body. Errors: NotRunning, NotAllowed, NotAnswering, and whatever reason argos refuses with.
  Result<boost::json::value> get(const std::string& target) const;
  Result<boost::json::value> post(const std::string& target, const boost::json::value& body) const;

 private:
  Result<boost::json::value> send(HttpRequest request) const;
  std::string socket_;
};

// Client of this environment. The error is one of the configuration: used wrongly.
Result<Client> make_client();

}  // namespace argos
