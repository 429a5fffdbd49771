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

// That something cannot be written down at once (another program holds the lock, the disk is full) is no reason to leave Caddy as it
// is: what is in memory holds, and is written with whatever is next. Loop thread only.
class CaddyMemory {
 public:
  using Forms = std::shared_ptr<const Desired>;
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
  const Forms& accepted() const { return now_.accepted; }
  const Refusals& refused() const { return now_.refused; }
  // The hashes of the documents that argos wrote last, the newest at the end; tried ones too.
  const std::vector<std::string>& own() const { return now_.own; }
  bool is_own(const std::string& hash) const;
  // As argos left it: what ran last, or what was written last where nobody knows yet what came of that. An own document of before that
  // was brought back by somebody.
  bool left(const std::string& hash) const;
  // The hash of the document of argos' own that Caddy is known to have run last.
  const std::string& ran() const { return now_.ran; }
  // Desired::files_written of what Caddy read last.
  std::int64_t files_read() const { return now_.files_read; }

  // Before a write to Caddy; write_down() then says whether it is noted.
  void about_to_write(const std::string& hash, const std::string& running, const Forms& forms);
  // Caddy runs it, and has read the files that it names since they were written last.
  void has_read(std::int64_t files_written);
  // Caddy runs it.
  void runs(const std::string& hash, const Forms& forms);
  void set_refused(Refusals refused);
  // The hash of somebody else's document that is reported and left as it is; empty: none.
  const std::string& reported() const { return now_.reported; }
  void report(const std::string& hash) { now_.reported = hash; }

  // Writes what is not written yet; false while something is left. Free where nothing is.
  bool write_down();

 private:
  struct State {
    std::vector<std::string> own;
    std::string ran, reported;
    Forms accepted = std::make_shared<Desired>();
    Forms tried;  // none: nothing is being tried
    Refusals refused;
    std::int64_t files_read = 0;
    bool operator==(const State&) const = default;
  };
  static Result<State> read(Database& database, const std::string& running);
  Result<> write(Database& database) const;

  Store& store_;
  // Loop thread only
  std::string epoch_;
  State now_, noted_;
  Forms runs_;  // what runs() was told last
  bool complained_ = false;
};

}  // namespace argos
