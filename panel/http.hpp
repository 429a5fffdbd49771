// SPDX-License-Identifier: Apache-2.0
// What is answered to a request, and by whom.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "panel/request.hpp"
#include "runtime/task.hpp"

namespace argos {

using Headers = std::vector<std::pair<std::string, std::string>>;

// Where the parts of an answer without an end go.
struct Outlet {
  virtual ~Outlet() = default;
  // False: whoever listens is gone, or too slow to take it.
  virtual Task<bool> write(std::string_view part) = 0;
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  // Instead of a body: writes one part after the other until it returns, then the connection is closed. Cancelled where the other
  // side goes away.
  std::function<Task<>(Outlet&)> stream = {};
};

using Handler = std::function<Task<Response>(Request)>;

// What is known of a request once its header was read.
struct Admission {
  std::optional<Response> refused;  // answered at once, as files of the panel are too; its body is not read
  std::uint64_t body_bytes = 0;  // the longest body that is taken; into memory, unless the request has an upload
};
// May note in the request what it finds out: the handler gets the same one.
using Gate = std::function<Task<Admission>(Request& head)>;

}  // namespace argos
