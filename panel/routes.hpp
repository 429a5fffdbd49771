// SPDX-License-Identifier: Apache-2.0
// What can be asked, by whom, and who answers: one constant table.
#pragma once

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

enum class Who {
  anyone,  // on either listener
  socket,  // a process on argos.sock
};

struct Route {
  std::string_view method;
  std::string_view pattern;  // {kind}: the plural of a kind that has rows; {name}: any one segment
  Task<Answer> (*handler)(PanelContext& context, const Request& request, const Match& match);
  Who who;
  std::string_view summary;
};

std::span<const Route> routes();

// Never throws for what a request says; an exception is a defect.
Handler make_handler(PanelContext& context);

}  // namespace argos
