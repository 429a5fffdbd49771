// SPDX-License-Identifier: Apache-2.0
// What a controller has to tell beyond conditions, as JSON under a name: the panel serves it and never asks the controller. What
// would be too much to keep written down for every object is offered as a view, made when somebody looks.
#pragma once

#include <functional>
#include <map>
#include <string>

#include <boost/json.hpp>

#include "model/kind.hpp"

namespace argos {

// Loop thread only.
class Reports {
 public:
  void publish(const std::string& name, boost::json::value report) { reports_[name] = std::move(report); }
  const boost::json::value* find(const std::string& name) const {
    const auto held = reports_.find(name);
    return held == reports_.end() ? nullptr : &held->second;
  }

  using View = std::function<boost::json::value(const Key&)>;  // null: nothing to tell of that object
  void offer(const std::string& name, View view) { views_[name] = std::move(view); }
  boost::json::value look(const std::string& name, const Key& key) const {
    const auto held = views_.find(name);
    return held == views_.end() ? boost::json::value() : held->second(key);
  }

 private:
  std::map<std::string, boost::json::value> reports_;
  std::map<std::string, View> views_;
};

}  // namespace argos
