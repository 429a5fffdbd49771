// SPDX-License-Identifier: Apache-2.0
// caddy: the rows of hosts, target groups and settings -> the configuration that Caddy runs.
//
// Watches those rows, Caddy's admin connection, and time. Reads the rows and GET /config/; writes POST /config/ where they
// differ, as a compare-and-swap, and reads back what came of it. Remembers in argos.db (remembered: caddy.last_written) what it
// wrote last. A configuration that it never wrote is saved as caddy-found-<UTC>.json before it is replaced. Where nothing
// differs a pass is one GET and nothing else. Sets on every host, target group and the settings:
//   Accepted    own fields and references sound (see model/caddy_claims)
//   Programmed  True only while what Caddy runs, as read back, holds this very form of the object
//   Supported   False where this Caddy cannot do a part of it; absent otherwise
//
// The endpoint never moves: `admin` is in every document, verbatim as found. While the store is not ready Caddy is left alone.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controllers/caddy_admin.hpp"
#include "controllers/caddy_decide.hpp"
#include "model/caddy_config.hpp"
#include "runtime/conditions.hpp"
#include "runtime/reconciler.hpp"
#include "runtime/store.hpp"
#include "runtime/workers.hpp"

namespace argos {

// Loop thread only.
class Caddy final : public Reconciler {
 public:
  struct Options {
    Endpoint admin;
    CaddySurroundings surroundings;  // less `admin`
    std::string found_folder;  // where foreign configurations are saved
  };
  Caddy(Store& store, Conditions& conditions, HttpClient& http, Workers& workers, const Clock& clock, Options options)
      : store_(store),
        conditions_(conditions),
        workers_(workers),
        clock_(clock),
        options_(std::move(options)),
        admin_(http, options_.admin) {}

  std::string_view name() const override { return "caddy"; }
  Task<Result<Next>> reconcile(const Key& key) override;

 private:
  // Which state of the rows something was made of.
  struct Version {
    std::string epoch;
    std::int64_t seq = -1;
    bool operator==(const Version&) const = default;
  };
  // What is wanted, rendered.
  struct Wanted {
    Version version;
    CaddyAbilities abilities;
    CaddySurroundings surroundings;
    std::map<Key, Verdict> verdicts;
    std::string body;
    Form form;
  };
  // What was read last.
  struct Found {
    std::string bytes_hash;
    std::string hash;  // of the canonical JSON
    boost::json::value document;
  };

  // A document that Caddy refused while it ran a certain other one.
  struct Refusal {
    std::string wanted, found;  // hashes
    Error error;
    Span wait{};
    Time again;  // the cause may lie outside of both: a port, a file
  };

  // The steps of a pass
  Task<Result<>> converge();
  Task<Result<>> learn(const CaddyAdmin::Running& running);
  Task<Result<>> want();
  Task<Result<>> put_right(CaddyAdmin::Running running);
  Task<Result<>> read_back(Result<> outcome);

  Task<Result<>> look(std::string body);
  Task<Result<>> save_found(std::string body);
  Result<> recall();
  void remember();
  Result<Version> version();
  bool nothing_moved(const CaddyAdmin::Running& running);
  bool runs_what_is_wanted() const { return wanted_ && found_ && found_->hash == wanted_->form.hash; }
  Sight sight() const;
  Result<> say(Result<> outcome);
  const Error* still_refused() const;
  void note_refusal(const Error& error);
  void publish(const Error& trouble);

  static Result<Version> version_of(Database& database);
  static Wanted make(const Desired& desired, Wanted frame);
  static Result<Found> understand(const std::string& body, const std::string& bytes_hash);

  // Constant after construction
  Store& store_;
  Conditions& conditions_;
  Workers& workers_;
  const Clock& clock_;
  Options options_;
  CaddyAdmin admin_;
  // Loop thread only
  std::optional<CaddyAbilities> abilities_;  // of the Caddy that answers now
  std::optional<Wanted> wanted_;
  std::optional<Found> found_;  // none: it is not known what runs
  std::optional<std::vector<std::string>> own_hashes_;  // the last forms that argos wrote, tried ones too; as remembered
  std::vector<Form> forms_;  // of these, the ones whose pieces are known
  std::optional<Refusal> refusal_;
  std::set<Key> published_;
  std::string published_state_;
};

}  // namespace argos
