// SPDX-License-Identifier: Apache-2.0
// What can be asked, by whom, and who answers: one constant table.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "panel/context.hpp"
#include "panel/http.hpp"
#include "panel/problem.hpp"

namespace argos {

// What the pattern's variables stood for.
struct Match {
  Kind kind = Kind::controller;
  std::string name;
};

// What whoever asks over TCP must be allowed (model/account.hpp).
enum class Needs { nothing, own_account, read, change, administer };

enum class Login {
  any,
  fresh,  // the password was given a moment ago
};

enum class Intake {
  json,     // into memory
  archive,  // into the folder of archives, as it comes: Request::upload
};

// What is sent and answered, by the names of schemas (panel/openapi.hpp); {Kind} in them: the kind's, as in manifests.
struct Shape {
  std::string_view body = {};    // empty: nothing, or {}
  std::string_view answer = {};  // empty: no JSON
  std::string_view query = {};   // "limit before"
};

struct Route {
  std::string_view method;
  std::string_view pattern;  // {kind}: the plural of a kind that has rows; {name}: any one segment
  Task<Answer> (*handler)(PanelContext& context, const Request& request, const Match& match);
  Needs needs;
  std::string_view summary;
  Shape shape = {};
  std::uint64_t body_bytes = 64U << 10U;  // the longest body that is read
  Login login = Login::any;
  Intake intake = Intake::json;

  bool is_change() const { return method != "GET"; }
};

std::span<const Route> routes();

// What a request means: a route, or the methods that would be possible there.
struct Found {
  const Route* route = nullptr;
  Match match;
  std::string allowed;  // "GET, HEAD, PUT"; empty: there is no such path
};
Found find_route(std::span<const Route> routes, const Request& request);
// What to say where there is none.
Problem no_route(std::span<const Route> routes, const Request& request, const Found& found);

}  // namespace argos
