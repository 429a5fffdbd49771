// SPDX-License-Identifier: Apache-2.0
// What must be served, told from what was done alone: hosts, groups, certificates, settings, and the last form of each that could be
// had. No process, no file.
#pragma once

#include <array>
#include <optional>
#include <set>
#include <string>

namespace argos::test {

// What an object looks like where it can be served.
struct HostForm {
  int domain = 0;  // which of its own
  int number = 0;  // as its answers say
  int group = 0;
  auto operator<=>(const HostForm&) const = default;
};

// One object. Between two looks argos may have seen each state that it went through, or none but the last: where the last is one
// that cannot be had, any of those before it may be in force. While it is suspended what was in force then stays, whatever is wanted.
template <class Form>
class Held {
 public:
  enum class Row { none, good, bad };

  Row row() const { return row_; }
  bool is_suspended() const { return suspended_; }
  bool is_as_wanted() const { return row_ == Row::good && !suspended_; }
  void become(const Form& form) {
    row_ = Row::good;
    form_ = form;
    if (!suspended_) may_be_.insert(form);
  }
  void become_bad() { row_ = Row::bad; }
  void vanish() {
    row_ = Row::none;
    may_be_.insert(std::nullopt);
  }
  // Under another name it has no former form, until one is in force.
  void rename() { renamed_ = true; }
  void suspend() { suspended_ = true; }
  void resume() {
    suspended_ = false;
    if (row_ == Row::good) may_be_.insert(form_);
  }
  // As it is wanted, where that can be had.
  const Form& form() const { return form_; }
  // Each that may be in force; nothing: it is not there.
  std::set<std::optional<Form>> expected() const {
    if (is_as_wanted()) return {form_};
    if (row_ == Row::none) return {std::nullopt};
    auto out = may_be_;
    if (renamed_) out.insert(std::nullopt);
    return out;
  }
  // All of them, whatever the row says now.
  const std::set<std::optional<Form>>& may_be() const { return may_be_; }
  // This was found in force.
  void settle(const std::optional<Form>& found) {
    may_be_ = {found};
    renamed_ = renamed_ && !is_as_wanted() && row_ != Row::none;
  }

 private:
  Row row_ = Row::none;
  Form form_{};
  bool renamed_ = false, suspended_ = false;
  std::set<std::optional<Form>> may_be_{std::nullopt};
};

// What a visitor finds at a host's domain.
struct Found {
  int status = 404;
  int number = 0;
  int backend = 0;
  bool operator==(const Found&) const = default;
};

class Model {
 public:
  static constexpr int kHosts = 8, kGroups = 4, kDomains = 3, kPairs = 2;
  static constexpr int kFirstOfManifests = 4;  // the hosts from here on come from files
  static constexpr int kUsualSettings = 10'000;

  Model() {
    settings.become(kUsualSettings);
    settings.settle(kUsualSettings);
  }

  std::array<Held<HostForm>, kHosts> hosts;
  std::array<Held<int>, kGroups> groups;  // the backend that it leads to
  std::array<Held<int>, kPairs> pairs;  // which certificate the host of TLS mode manual shows
  Held<int> settings;  // the grace period, in milliseconds

  using Domains = std::array<Found, kDomains>;
  // The form that explains what is found at a host's domains, if any: nothing is a form too. None: it is not as it should be.
  std::optional<std::optional<HostForm>> explains(int host, const Domains& found) const;

  // All was found in these forms: this is where the next steps begin.
  struct InForce {
    std::array<std::optional<HostForm>, kHosts> hosts;
    std::array<Domains, kHosts> found;
    std::array<std::optional<int>, kPairs> pairs;
    std::optional<int> settings;
  };
  void settle(const InForce& now);
  void resume(int host);
  bool anybody_suspended() const;
  // Caddy came back with nothing, or was given something else: what was found in the route of a suspended host is gone.
  void lose_routes();
  // The forms of those that are there as they are wanted.
  std::array<std::optional<HostForm>, kHosts> wishes() const;

 private:
  std::set<std::optional<int>> backends_of(int host, int group) const;
  bool anybody_kept() const;

  std::array<std::optional<Found>, kHosts>
      frozen_;  // of the suspended, since the last look: their routes stay as they were found
  std::array<bool, kHosts> thawed_{};  // but may be made anew
};

}  // namespace argos::test
