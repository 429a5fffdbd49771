// SPDX-License-Identifier: Apache-2.0
// What must be served, told from what was done alone: hosts, groups, and the last form of each that could be had. No process, no file.
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
// that cannot be had, any of those before it may be in force.
template <class Form>
class Held {
 public:
  enum class Row { none, good, bad };

  Row row() const { return row_; }
  void become(const Form& form) {
    row_ = Row::good;
    form_ = form;
    may_be_.insert(form);
  }
  void become_bad() { row_ = Row::bad; }
  void vanish() {
    row_ = Row::none;
    may_be_.insert(std::nullopt);
  }
  // Under another name it has no former form, until one is in force.
  void rename() { renamed_ = true; }
  // As it is wanted, where that can be had.
  const Form& form() const { return form_; }
  // Each that may be in force; nothing: it is not there.
  std::set<std::optional<Form>> expected() const {
    if (row_ == Row::good) return {form_};
    if (row_ == Row::none) return {std::nullopt};
    auto out = may_be_;
    if (renamed_) out.insert(std::nullopt);
    return out;
  }
  // All of them, whatever the row says now.
  const std::set<std::optional<Form>>& may_be() const { return may_be_; }
  // One of these was found in force.
  void settle(std::set<std::optional<Form>> found) {
    may_be_ = std::move(found);
    renamed_ = renamed_ && row_ == Row::bad;
  }

 private:
  Row row_ = Row::none;
  Form form_{};
  bool renamed_ = false;
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
  static constexpr int kHosts = 8, kGroups = 4, kDomains = 3;
  static constexpr int kFirstOfManifests = 4;  // the hosts from here on come from files

  std::array<Held<HostForm>, kHosts> hosts;
  std::array<Held<int>, kGroups> groups;  // the backend that it leads to

  using Candidates = std::set<std::optional<HostForm>>;
  // Each form that explains what is found at the host's domains: none, where it is not as it should be. An error page does not tell
  // one form from another.
  Candidates explains(int host, const std::array<Found, kDomains>& found) const;
  // All hosts are as explained: this is where the next steps begin.
  void settle(std::array<Candidates, kHosts> forms);

 private:
  bool leads_to(const HostForm& form, const Found& found) const;
  bool anybody_kept() const;
};

}  // namespace argos::test
