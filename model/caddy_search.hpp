// SPDX-License-Identifier: Apache-2.0
// Which of the changed objects does Caddy refuse? Says which to try next and is told what came of it: no I/O.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/caddy_hint.hpp"
#include "model/kind.hpp"

namespace argos {

// Each try is one document: the accepted forms of all objects, and of some changed ones the new. A hint in Caddy's words costs one try
// an offender: what it points at is left out of the next. Where there is none, or leaving out what it pointed at did not help, the
// accepted forms alone must load first, and then halving finds the offenders, each blamed for a try of its own after that. Some may be
// blamed last: what they do not get along with is left out, and they only where the accepted forms do not load with them alone.
class CaddySearch {
 public:
  // It begins with all of them.
  explicit CaddySearch(const std::vector<Key>& changed, std::set<Key> blamed_last = {}) : blamed_last_(std::move(blamed_last)) {
    todo_.emplace_back(changed.begin(), changed.end());
  }

  bool ended() const { return todo_.empty() || baseline_refused_.has_value(); }
  // The changed objects whose new form is in the next document.
  std::set<Key> next() const;
  // The next document is to show whether the accepted forms load at all; it has to be loaded even if Caddy runs it already.
  bool proves_baseline() const { return proving_.has_value(); }

  void accepted();
  void refused(const CaddyHint& hint);

  // Caddy's words on each object that it refuses. Only at the end.
  const std::map<Key, std::string>& offenders() const { return offenders_; }
  // Its words on the accepted forms, where it refuses even those: then nobody is to blame.
  const std::optional<std::string>& baseline_refused() const { return baseline_refused_; }

 private:
  using Batch = std::set<Key>;
  bool follow(const CaddyHint& hint);
  void halve(const std::string& words);
  bool set_apart(Batch& batch);

  const std::set<Key> blamed_last_;
  std::vector<Batch> todo_;  // the last is tried next
  Batch good_;
  std::map<Key, std::string> offenders_;
  Batch hinted_;  // of these, the ones that only a hint has blamed so far
  bool hints_help_ = true;
  bool baseline_loads_ = false;
  std::optional<std::string> proving_;  // the words that led to it
  std::optional<std::string> baseline_refused_;
};

}  // namespace argos
