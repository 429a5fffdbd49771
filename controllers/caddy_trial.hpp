// SPDX-License-Identifier: Apache-2.0
// What is wanted of Caddy, and the documents that are tried on the way there. Pure; runs on a worker where there are many hosts.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "controllers/caddy_decide.hpp"
#include "controllers/caddy_memory.hpp"
#include "model/caddy_config.hpp"
#include "runtime/feed_place.hpp"
#include "runtime/findings.hpp"

namespace argos {

// One document, and what it is made of.
struct Trial {
  std::shared_ptr<const Desired> forms;
  std::set<Key> left_out;
  std::map<Key, Condition> accepted;  // Accepted of each object in this document, where that is not as wanted
  boost::json::value document;  // null: let go of, body says the same
  std::string body;  // canonical: its SHA-256 is form.hash
  Form form;
  std::int64_t files_written = 0;  // Rendered::files_written
  std::vector<Finding> by_hand;  // what somebody changed in suspended hosts, and the document leaves
};

struct Wanted {
  // Of what
  FeedPlace version;
  CaddyAbilities abilities;
  CaddySurroundings surroundings;
  std::shared_ptr<const Desired> desired, accepted;
  std::set<Key> suspended;
  CaddyMemory::Refusals refused;
  boost::json::value running;  // what Caddy runs; only where something may be left out
  // What comes of it
  std::map<Key, Verdict> verdicts;  // of the wanted forms
  std::set<Key> left_out;  // refused before in this very form, or suspended
  Trial trial;  // the document to be loaded
};

// Fills in what comes of it.
void make_wanted(Wanted& wanted);
// The document less these, and less wanted.left_out.
Trial make_trial(const Wanted& wanted, const std::set<Key>& left_out);
boost::json::value document_of(const Trial& trial);

}  // namespace argos
