// SPDX-License-Identifier: Apache-2.0
// caddy: the rows of hosts, target groups, certificates on disk and settings -> the configuration that Caddy runs.
//
// Watches those rows, suspensions, requests, Caddy's admin connection, time. Reads the rows and GET /config/; POSTs /config/ where they
// differ, as a compare-and-swap, and reads back what came of it. Where nothing differs a pass is one GET and nothing else. Remembers
// in argos.db what it wrote, what Caddy accepted and what it refused (controllers/caddy_memory.hpp). A configuration that it never
// wrote is saved as caddy-found-<UTC>.json before it is replaced, and noted in `findings`; so is a Caddy that does not answer. One that
// Caddy was started with is replaced whatever the policy; whoever else keeps replacing what argos wrote is a rival, and told and
// answered ever more slowly (`Contended`). Sets on every host, target group and the settings:
//   Accepted    own fields and references sound (see model/caddy_claims)
//   Programmed  True only while what Caddy runs, as read back, holds this very form of the object
//   Supported   False where this Caddy cannot do a part of it; absent otherwise
//   Valid       Unknown Pending, of a new host that is served over TLS, until `tls` has looked at it
// Of a certificate, Accepted is the controller `certificates`' to say. Where a file that Caddy has read was put right since, Caddy is
// made to read it again, though its configuration stays as it is.
//
// A document that Caddy refuses is searched for the objects that it refuses (model/caddy_search.hpp). They keep the form that Caddy
// accepted last and say RejectedByCaddy until they change; all others are programmed. No document is ever loaded that lacks a host
// which runs and is still wanted. Where nobody is served, as in a new Caddy that lacks a module, forms that were accepted are searched
// too.
//
// While the verb `renew` is under way (controllers/renewals.hpp) the document has Caddy renew those names.
//
// The endpoint never moves: `admin` is in every document, verbatim as found. While the store is not ready Caddy is left alone.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controllers/caddy_admin.hpp"
#include "controllers/caddy_contention.hpp"
#include "controllers/caddy_decide.hpp"
#include "controllers/caddy_memory.hpp"
#include "controllers/caddy_trial.hpp"
#include "model/caddy_hint.hpp"
#include "runtime/conditions.hpp"
#include "runtime/findings.hpp"
#include "runtime/reconciler.hpp"
#include "runtime/reports.hpp"
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
    AdminPatience patience = {};
    bool handshakes_are_seen = false;  // by whoever sets Valid of hosts
  };
  Caddy(Store& store, Conditions& conditions, Reports& reports, HttpClient& http, Workers& workers, const Clock& clock,
        Options options);

  std::string_view name() const override { return "caddy"; }
  Task<Result<Next>> reconcile(const Key& key) override;

 private:
  // What was read last.
  struct Found {
    std::string bytes_hash;
    std::string hash;  // of the canonical JSON
    boost::json::value document;
    std::string etag;
  };
  // A document that Caddy refused while it ran a certain other one, and leaving something out did not help.
  struct Refusal {
    std::string wanted, found;  // hashes
    std::int64_t files_written;
    Error error;
    Span wait{};
    Time again;  // the cause may lie outside of both: a port, a file
    bool is_of(const Trial& trial, const std::string& running) const {
      return wanted == trial.form.hash && found == running && files_written == trial.files_written;
    }
  };

  // The steps of a pass
  Task<Result<>> converge();
  bool may_skip_looking();
  Task<Result<>> want_and_put_right();
  Task<Result<>> look_and_put_right();
  Task<Result<>> learn(CaddyAdmin::Running& running);
  Task<Result<>> want();
  Task<Result<>> put_right(std::string body);
  Task<Whose> whose_is_found();
  Task<Result<>> replace_found(Whose whose, std::string body);
  Task<void> note_first(const Trial& trial);
  Task<Result<>> load(const Trial& trial, bool anew);
  Task<Result<>> load_once(const Trial& trial, bool anew);
  Task<Result<>> look_after(Result<> outcome, const std::string& wanted);
  Task<Result<>> isolate(std::string words);
  Task<Result<>> find_offenders(CaddyHint& hint);
  Task<Result<>> breathe();
  void let_go();

  Task<Result<>> look(CaddyAdmin::Running running);
  Task<Trial> try_without(std::set<Key> left_out);
  bool nothing_moved(const CaddyAdmin::Running& running);
  bool runs_what_is_wanted() const { return wanted_ && found_ && found_->hash == wanted_->trial.form.hash; }
  bool has_read_the_files() const;
  bool is_to_be_left() const;
  bool serves_somebody() const;
  bool drops_a_running_host(const Trial& trial) const;
  bool doubt_accepted(const CaddyHint& hint);
  void blame(const std::map<Key, std::string>& offenders, Trial trial);
  const Error* still_refused() const;
  static Error refused_baseline(const std::string& words);
  void note_refusal(const Result<>& loaded);
  void forget_refusals_of_another_caddy();
  void lose_sight();

  // What is told (caddy_say.cpp)
  Result<> say(Result<> outcome);
  void publish(const Error& trouble);
  void publish_one(const Key& key, const Verdict& verdict, const Sight& seen, const Error& trouble);
  void publish_pending(const Sight& seen, const Error& trouble);
  bool is_told(const Key& key, const Verdict& verdict) const;
  bool awaits_its_first_look(const Key& key, const Verdict& verdict) const;
  Sight sight() const;
  std::optional<LeftOut> left_out(const Key& key) const;
  std::optional<LeftOut> left_out_with_its_certificate(const Key& key) const;
  std::optional<LeftOut> left_out_for(const Key& key, const Key& cause) const;
  Result<> report_drift();
  void note_findings(FindingAction action, Whose whose);
  void note_whether_it_answers(const Result<CaddyAdmin::Running>& running);
  boost::json::value explain(const Key& key) const;
  std::set<std::string, std::less<>> names_of_object(const Key& key) const;

  static Result<Found> understand(const std::string& body, const std::string& bytes_hash);

  // Constant after construction
  Store& store_;
  Conditions& conditions_;
  Workers& workers_;
  const Clock& clock_;
  Options options_;
  CaddyAdmin admin_;
  // Loop thread only
  CaddyMemory memory_;
  Findings findings_;
  Findings process_findings_;  // whether there is a Caddy at all
  CaddyContention contention_;
  std::optional<CaddyAbilities> abilities_;  // of the Caddy that answers now
  std::optional<Wanted> wanted_;
  std::optional<Wanted> former_;  // to be let go of when no visitor waits
  std::optional<Found> found_;  // none: it is not known what runs
  std::vector<Form> forms_;  // of memory_.own(), the ones whose pieces are known
  std::optional<Refusal> refusal_;
  std::optional<Form> drifted_;  // what runs, where it is left as somebody else made it
  bool another_caddy_ = false;  // it was started anew: it may be able to do what it refused before
  bool silent_ = false;  // nobody answered at the last look
  bool again_ = false;  // another pass is due at once
  Time may_load_{};  // at most half of the time goes into loading
  std::set<Key> published_;
  std::string published_state_;
};

}  // namespace argos
