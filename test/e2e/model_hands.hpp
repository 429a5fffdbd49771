// SPDX-License-Identifier: Apache-2.0
// Hands that do to a world, and to its model, whatever may be done to it; and eyes that compare the two.
#pragma once

#include <deque>
#include <random>

#include "runtime/database.hpp"
#include "test/e2e/model.hpp"
#include "test/e2e/world.hpp"
#include "test/support/caddy.hpp"

namespace argos::test {

class ModelHands {
 public:
  explicit ModelHands(std::uint64_t seed);

  std::string step();  // something at random: what, in words
  // Everything runs, argos has seen all, and what is served is what the model says.
  bool settles();
  std::string differences() const;
  // Of the argos that runs and of the two before it.
  std::string logs() const;

 private:
  using Row = Held<HostForm>::Row;
  struct File {
    std::string mark;   // of what it says; empty: nothing that can be read
    bool seen = false;  // by argos
  };
  int below(int end) { return std::uniform_int_distribution<int>(0, end - 1)(random_); }
  HostForm any_form() { return {below(Model::kDomains), ++forms_, below(Model::kGroups)}; }
  Held<HostForm>& host(int index) { return model_.hosts[static_cast<std::size_t>(index)]; }
  File& file(int index) { return files_[static_cast<std::size_t>(index)]; }
  const std::string& name(int index) const { return names_[static_cast<std::size_t>(index)]; }
  static std::string domain(int host, int which) { return "d" + std::to_string(host) + "-" + std::to_string(which) + ".test"; }
  // What the handlers of a form have, and those of no other.
  static std::string mark(int number) { return "mark-" + std::to_string(number) + "."; }
  static std::string handlers(const HostForm& form);
  std::string bad_handlers(int number);  // each refused by Caddy

  void sql(std::string_view statement, const Cells& parameters);
  void put_row(int index, const HostForm& form, const std::string& handlers);
  void save_file(int index, const std::string& text) const;
  void save_host(int index, const HostForm& form, const std::string& handlers) const;

  // On a host from SQL
  std::string edit();
  std::string edit_badly();
  std::string make_nonsense();
  std::string remove();
  std::string rename();
  // On a host from a file
  std::string save();
  std::string save_badly();
  std::string save_nonsense();
  std::string remove_file();
  std::string change_behind();
  // On groups and processes
  std::string edit_group();
  std::string break_group();
  std::string remove_group();
  std::string kill_argos();
  std::string kill_caddy();
  std::string load_foreign();

  void start_argos();
  bool conditions_are_current() const;
  bool has_noted_what_came_of_it();
  std::array<Found, Model::kDomains> look(int host) const;
  bool is_as_the_model_says(std::array<Model::Candidates, Model::kHosts>& forms) const;

  std::minstd_rand random_;
  World world_;
  RealCaddy backends_{"caddy", RealCaddy::Admin::socket};
  std::array<int, 4> backend_ports_{};
  std::optional<Database> database_;
  Model model_;
  std::array<std::string, Model::kHosts> names_;
  std::array<File, Model::kHosts> files_;
  int forms_ = 0;
  std::deque<std::string> former_logs_;
  int foreign_loads_ = 0;  // since argos started: it takes its time with a rival
};

}  // namespace argos::test
