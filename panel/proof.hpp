// SPDX-License-Identifier: Apache-2.0
// Whether somebody is who he says: throttled, in the same time and the same words whether there is such a user or not, on record.
#pragma once

#include <functional>
#include <optional>

#include "panel/context.hpp"
#include "panel/problem.hpp"
#include "runtime/users.hpp"

namespace argos {

struct Proof {
  enum class Factors { all, password };
  std::string account;  // as it was given
  Secret password;
  std::string code;  // of the second factor; empty: none was given
  Factors factors = Factors::all;
};

// What is to be done once it is proven, in the transaction that says so.
using OnProven = std::function<Result<>(Database&, const User&)>;

// None: it is proven, and done.
Task<std::optional<Problem>> prove(PanelContext& context, const Request& request, Proof proof, OnProven then);

}  // namespace argos
