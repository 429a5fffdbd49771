// SPDX-License-Identifier: Apache-2.0
// Many hosts that answer with their own name and form; changed together in one transaction, some in ways that Caddy refuses.
#pragma once

#include <set>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "test/e2e/world.hpp"

namespace argos::test {

class Fleet {
 public:
  Fleet(World& world, int hosts) : world_(world), forms_(static_cast<std::size_t>(hosts)) {}

  static std::string name(int host) { return "host-" + std::to_string(host); }
  static std::string domain(int host) { return name(host) + ".test"; }
  static std::string answer(int host, int form) { return name(host) + " form " + std::to_string(form); }

  // An object as the API takes it, and one that Caddy refuses: a handler that it does not have, a field that its file server does not
  // know, a pattern that does not compile.
  static boost::json::value good(int host, int form);
  static boost::json::value bad(int host);
  static constexpr int kBadKinds = 3;

  int hosts() const { return static_cast<int>(forms_.size()); }
  int form(int host) const { return forms_[static_cast<std::size_t>(host)]; }
  const std::set<int>& refused() const { return refused_; }

  // Everything in form 0; then until all is served.
  void raise();
  // `count` hosts from `first` on get `form`, in one transaction, but the first kBadKinds of them become what Caddy refuses.
  void change(int first, int count, int form);

  bool serves(int host) const;
  bool serves_all() const;
  // How many requests in vain, and the first of them in words.
  std::string missing() const;
  // Served, the refused ones in their former form; the refused, and nobody else, say so.
  bool is_settled() const;
  std::string condition_of_refused(int host) const { return world_.condition("hosts/" + name(host), "Programmed"); }

 private:
  void apply(boost::json::array objects) const;
  bool conditions_are_right() const;

  World& world_;
  std::vector<int> forms_;  // in force
  std::set<int> refused_;
};

}  // namespace argos::test
