// SPDX-License-Identifier: Apache-2.0
// What a controller has to tell beyond conditions, as JSON under a name: the panel serves it and never asks the controller.
#pragma once

#include <map>
#include <string>

#include <boost/json.hpp>

namespace argos {

// Loop thread only.
class Reports {
 public:
  void publish(const std::string& name, boost::json::value report) { reports_[name] = std::move(report); }
  const boost::json::value* find(const std::string& name) const {
    const auto held = reports_.find(name);
    return held == reports_.end() ? nullptr : &held->second;
  }

 private:
  std::map<std::string, boost::json::value> reports_;
};

}  // namespace argos
