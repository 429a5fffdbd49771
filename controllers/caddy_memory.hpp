// SPDX-License-Identifier: Apache-2.0
// What argos remembers of Caddy over restarts, in argos.db: what it wrote, what was accepted, what was refused.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/object.hpp"
#include "runtime/store.hpp"

namespace argos {

// That something cannot be written down is logged and is no reason to leave Caddy as it is: what is in memory holds. Loop thread only.
class CaddyMemory {
 public:
  struct Refusal {
    std::string piece;  // Verdict::piece of what was refused
    std::string words;
    bool operator==(const Refusal&) const = default;
  };
  using Refusals = std::map<Key, Refusal>;

  explicit CaddyMemory(Store& store) : store_(store) {}

  // Reads it, unless that was done for this line of history. `running`: the hash of what Caddy runs. Where argos was killed between a
  // write and its noting, what runs tells whether it was accepted.
  Result<> recall(const std::string& epoch, const std::string& running);

  // The forms of the last document that Caddy accepted.
  const std::shared_ptr<const Desired>& accepted() const { return accepted_; }
  const Refusals& refused() const { return refused_; }
  // The hashes of the documents that argos wrote last, the newest at the end; tried ones too.
  const std::vector<std::string>& own() const { return own_; }
  bool is_own(const std::string& hash) const;

  // Before a write, since argos may be killed after it.
  void about_to_write(const std::string& hash, const std::string& running, const Desired& forms);
  // Caddy runs it. Writes only differences.
  void runs(const std::string& hash, const Desired& forms);
  void set_refused(Refusals refused);

 private:
  Result<> read(Database& database, const std::string& running);
  void note(const char* what, const Result<>& written) const;

  Store& store_;
  // Loop thread only
  std::string epoch_;
  bool tried_is_noted_ = false;  // the table `tried` holds the newest of own_
  std::vector<std::string> own_;
  std::shared_ptr<const Desired> accepted_ = std::make_shared<Desired>();
  Refusals refused_;
};

}  // namespace argos
