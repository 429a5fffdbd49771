// SPDX-License-Identifier: Apache-2.0
// Hands that do to a world, and to its model, whatever may be done to it; and eyes that compare the two.
#pragma once

#include <deque>
#include <random>

#include "runtime/database.hpp"
#include "test/e2e/model.hpp"
#include "test/e2e/model_render.hpp"
#include "test/support/caddy.hpp"

namespace argos::test {

class ModelHands {
 public:
  explicit ModelHands(std::uint64_t seed);

  std::string step();  // something at random: what, in words
  // What came of the last step is to be seen before anything else is done.
  bool must_look() const { return must_look_; }
  // Everything runs, argos has seen all, what is served is what the model says, and Caddy runs the render of that.
  bool settles();
  std::string differences();
  // Of the argos that runs and of the two before it.
  std::string logs() const;

 private:
  using Row = Held<HostForm>::Row;
  struct File {
    std::string mark;   // of what its row is to say; empty: it is nothing that can be read
    bool seen = false;  // by argos
    std::optional<HostForm> drifted = {};  // what it says, where its row was changed and is left so
  };
  struct Foreign {
    std::string document;
    bool seen = false;  // in force, at the last look
    std::array<std::optional<HostForm>, Model::kHosts> wishes = {};  // of then
  };
  int below(int end) { return std::uniform_int_distribution<int>(0, end - 1)(random_); }
  HostForm any_form() { return {below(Model::kDomains), ++forms_, below(Model::kGroups)}; }
  Held<HostForm>& host(int index) { return model_.hosts[static_cast<std::size_t>(index)]; }
  Held<int>& pair(int index) { return model_.pairs[static_cast<std::size_t>(index)]; }
  const BroughtPair& brought(int index, int which) const {
    return brought_[static_cast<std::size_t>(index)][static_cast<std::size_t>(which)];
  }
  File& file(int index) { return files_[static_cast<std::size_t>(index)]; }
  const std::string& name(int index) const { return names_[static_cast<std::size_t>(index)]; }
  static std::string domain(int host, int which) { return "d" + std::to_string(host) + "-" + std::to_string(which) + ".test"; }
  static std::string tls_name(int index) { return "t" + std::to_string(index); }
  // What the handlers of a form have, and those of no other.
  static std::string mark(int number) { return "mark-" + std::to_string(number) + "."; }
  static std::string handlers(const HostForm& form);
  static constexpr const char* kManualHandlers = R"([{"handler":"static_response","body":"manual"}])";
  std::string bad_handlers(int number);  // each refused by Caddy

  void sql(std::string_view statement, const Cells& parameters);
  void put_row(int index, const HostForm& form, const std::string& handlers);
  void put_pair(int index, const std::string& certificate, const std::string& key);
  void put_manual_hosts();
  void save_file(int index, const std::string& text) const;
  void save_host(int index, const HostForm& form, const std::string& handlers) const;

  // On a host from SQL
  std::string edit();
  std::string edit_badly();
  std::string make_nonsense();
  std::string remove();
  std::string rename();
  std::string suspend();
  std::string resume();
  // On a host from a file
  std::string save();
  std::string save_badly();
  std::string save_nonsense();
  std::string remove_file();
  std::string change_behind();
  // On certificates and settings
  std::string bring();
  std::string spoil();
  std::string withdraw();
  std::string edit_settings();
  std::string break_settings();
  std::string change_policy();
  // On groups and processes
  std::string edit_group();
  std::string break_group();
  std::string remove_group();
  std::string kill_argos();
  std::string kill_caddy();
  std::string load_foreign();
  std::string load_foreign_to_stay();

  void start_argos();
  // What is seen
  bool conditions_are_right(bool foreign) const;
  bool condition_is_right(const boost::json::value& object, bool foreign) const;
  bool rows_are_as_the_files_say() const;
  bool has_noted_what_came_of_it();
  bool only_what_is_there_is_suspended();
  bool foreign_stays(const boost::json::value& running) const;
  Model::Domains look(int host) const;
  std::optional<std::optional<int>> shown_pair(int index) const;
  std::optional<Model::InForce> in_force(const boost::json::value& running) const;
  std::string wanted_document(const Model::InForce& now) const;

  std::minstd_rand random_;
  CertificateWorld world_;
  RealCaddy backends_{"caddy", RealCaddy::Admin::socket};
  std::vector<int> backend_ports_;
  std::optional<Database> database_;
  std::optional<ModelRender> render_;  // of nothing but what always is
  Model model_;
  std::array<std::string, Model::kHosts> names_;
  std::array<File, Model::kHosts> files_;
  int forms_ = 0;
  std::deque<std::string> former_logs_;
  int foreign_loads_ = 0;  // since argos started: it takes its time with a rival
  static constexpr int kBrought = 3;
  std::array<std::array<BroughtPair, kBrought>, Model::kPairs> brought_;
  int settings_ = 0;
  bool reports_ = false;  // the policy of drift
  std::optional<Foreign> foreign_;  // what somebody else loaded meanwhile: it may run
  bool must_look_ = false, must_stay_ = false, looked_ = false;
};

}  // namespace argos::test
