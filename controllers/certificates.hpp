// SPDX-License-Identifier: Apache-2.0
// certificates: the rows of certificates -> files that Caddy loads.
//
// Watches those rows, hosts, settings and suspensions, the folder, and time. Reads the rows, opens their sealed keys, looks at every file;
// writes pairs <host>.<pair>.crt and .key, named by their content, each complete and lasting before table certificate_files has it on
// record, which is what Caddy is told of; and links <host>.crt and .key for people. A file that is not as it was written is put right, or
// reported (settings.drift.certificates), and noted in `findings` and `audit_log`; where its bytes were others, the record's `since` moves,
// and Caddy reads it again. A pair that cannot be put right stays on record while Caddy shows it, from memory; once Caddy has it no more
// it goes, for no configuration that names it could be loaded. A pair that no row is made into any more goes once neither what Caddy
// accepted last, nor what is being tried, nor GET /config/ names it. Nothing is written or read outside the folder, whatever links are put
// into it. Sets on every certificate:
//   Accepted      the row makes sense, and its key is the certificate's
//   Decryptable   the master keys at hand open its key
//   Materialised  its files lie there, whole
//   Valid         it is in time, and for every name of its host
//   Referenced    its host shows it; informs only
//
// Files are written, read and hashed on workers. Where the folder cannot be written to, what lies there stays and is shown.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controllers/caddy_admin.hpp"
#include "controllers/certificates_decide.hpp"
#include "runtime/conditions.hpp"
#include "runtime/feed_place.hpp"
#include "runtime/findings.hpp"
#include "runtime/key_ring.hpp"
#include "runtime/reconciler.hpp"
#include "runtime/store.hpp"
#include "runtime/workers.hpp"

namespace argos {

// How long a pair that nothing is made of any more is left for whoever may still be about to name it.
constexpr auto kUnneededFor = std::chrono::seconds(10);

// From one look to the next while Caddy shows a pair that cannot be put right.
constexpr auto kHeldAgain = std::chrono::seconds(5);

// A file that is put right so often within so long is left for as long: somebody insists, or the disk keeps no modes.
constexpr int kMostMended = 5;
constexpr auto kMendedAgain = std::chrono::minutes(1);

// Loop thread only.
class Certificates final : public Reconciler {
 public:
  struct Options {
    std::string folder;
    Endpoint caddy_admin;
  };
  Certificates(Store& store, Conditions& conditions, HttpClient& http, Workers& workers, const Clock& clock,
               const KeyRing& ring, Options options);

  std::string_view name() const override { return "certificates"; }
  Task<Result<Next>> reconcile(const Key& key) override;

 private:
  // What the rows say, as of one place in the feed.
  struct World {
    FeedPlace place;
    std::shared_ptr<const Desired> desired = std::make_shared<Desired>();
    std::set<std::string> suspended;
    std::vector<PairRecord> records;
    std::int64_t wish = 0;  // the feed's seq at the last wish of an operator
  };
  // What a pass did, for the log.
  struct Tally {
    std::size_t written = 0, put_right = 0, removed = 0;
    bool did_anything() const { return written + put_right + removed > 0; }
  };

  struct Mended {
    Time since;
    int times = 0;
  };
  struct Unneeded {
    std::vector<std::string> files;
    std::vector<PairRecord> records;
  };

  Task<Result<>> pass();
  Task<Result<>> take_in();
  Result<> read_world(Database& database, World& now, Rows& fresh);
  Result<> read_fresh(Database& database, Rows& fresh);
  Task<Result<>> look();
  Task<void> look_at_what_caddy_keeps();
  std::set<std::string> left_alone();
  void count_mended();

  // What is done (certificates_write.cpp)
  Task<Result<>> put_right();
  Result<> begin();
  Task<Result<>> write_some(std::set<std::string> names);
  Task<Result<std::vector<std::pair<Judged, Result<>>>>> make_all(const std::set<std::string>& names, Rows rows);
  Result<> note(const std::vector<PairRecord>& written);
  Result<> give_up(const std::set<std::string>& names);
  Task<Result<>> tidy();
  Result<> audit_tidied();
  Unneeded long_unneeded();
  Task<Result<>> remove_unneeded();
  Task<Result<>> remove(Unneeded gone);
  const Flaw* flaw_in(const PairRecord& record) const;

  // What is told (certificates_say.cpp)
  void say(const Result<>& outcome);
  void note_trouble();
  void note_held();
  void note_findings();
  void say_conditions();
  void log(const Result<>& outcome);

  // Constant after construction
  Store& store_;
  Conditions& conditions_;
  Workers& workers_;
  const Clock& clock_;
  const KeyRing& ring_;
  Options options_;
  CaddyAdmin admin_;
  // Loop thread only
  World world_;
  AllJudged judged_;
  Findings findings_;
  // Of the pass at hand
  FolderState state_;
  std::vector<Flaw> flaws_;
  FolderPlan plan_;
  std::map<std::string, const Flaw*> broken_;  // "<host>.<pair>" -> its first file that is not there, or another
  std::map<std::string, Error> trouble_;  // certificate -> why its files are not as they should be
  Tally tally_;
  // Over passes
  std::map<std::string, std::int64_t> reported_;  // flawed file -> the last wish when it was reported
  std::map<std::string, Mended> mended_;  // by file
  std::map<std::string, int> failed_;  // certificate -> how often in a row its pair could not be mended
  std::map<std::string, Time> unneeded_;  // file, or "<host>.<pair>" -> since when
  std::set<std::string> published_;
  bool told_ = false;  // the line of each boot
};

}  // namespace argos
