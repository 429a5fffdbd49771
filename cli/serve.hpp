// SPDX-License-Identifier: Apache-2.0
// `argos serve`: the controllers and the panel, until a signal.
#pragma once

#include <functional>
#include <string>

#include "runtime/config.hpp"

namespace argos {

class Manager;
class Conditions;
class Store;
struct Clock;

// What `argos up` adds.
struct Companions {
  std::function<void(Manager&, Conditions&, const Clock&)> add;  // more controllers
  std::function<void(Store&, int panel_port)> all_ready;  // called once, when every controller is Ready for the first time
};

// The exit status. Takes the master keys out of the configuration.
int serve(Config& config, const Companions& companions = {});

}  // namespace argos
