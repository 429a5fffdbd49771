// SPDX-License-Identifier: Apache-2.0
// surroundings: what argos needs around it -> conditions. The checks are those of `argos doctor`, which are handed to it.
//
// Watches time (30 s, from the start on, also while there is no usable database). Reads what the checks read, on a worker, since a file
// system or a name server may hang. Writes nothing. Sets on itself a condition for each check, True while all is well, and logs each that
// moves. It is Ready in any case: argos serves as well as it can, and whoever mends the surroundings reads here what is wrong with them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "model/diagnosis.hpp"
#include "runtime/conditions.hpp"
#include "runtime/reconciler.hpp"
#include "runtime/workers.hpp"

namespace argos {

// One check: the condition that it becomes, and its reason where it is not True.
struct Observation {
  std::string condition;
  std::string reason;
  Diagnosis found;
};

class Surroundings final : public Reconciler {
 public:
  using Look = std::function<std::vector<Observation>()>;  // called on a worker

  Surroundings(Workers& workers, Conditions& conditions, Look look)
      : workers_(workers), conditions_(conditions), look_(std::move(look)) {}
  std::string_view name() const override { return "surroundings"; }
  Task<Result<Next>> reconcile(const Key& key) override;

 private:
  void say(const Observation& one);

  Workers& workers_;
  Conditions& conditions_;
  Look look_;
};

}  // namespace argos
