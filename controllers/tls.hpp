// SPDX-License-Identifier: Apache-2.0
// tls: what visitors are shown -> conditions; and the verb `renew`.
//
// Watches the rows of hosts, certificates and requests, their Programmed, Caddy's admin connection, its error log, and time. Reads
// the rows, and by handshakes at ARGOS_CADDY_TLS_ADDR what is shown under each name, a few at once: at once where something has
// moved, soon while something is amiss, and else the nearer a certificate's end the oftener (controllers/tls_decide.hpp). Writes to
// `requests` only (controllers/renewals.hpp). Offers the report "tls". Sets on every host that is served over TLS:
//   Valid   True: under each of its names a certificate is shown that is for it, of the kind that is wanted, and not expired
//           False: NotYetIssued, NoCertificate, AcmeError, IssuerError, Expired, NotYetValid, WrongCertificate, HandshakeFailed
//           Unknown: Pending, Unreachable (nobody answers there: what visitors see cannot be told from here)
// A host is looked at in the form that Caddy runs; before that, what was seen of its last form stands. A certificate that somebody
// brought must be the one that is shown once Caddy runs its newest form; why it does not yet, its own conditions say.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "controllers/caddy_told.hpp"
#include "controllers/renewals.hpp"
#include "controllers/tls_decide.hpp"
#include "runtime/conditions.hpp"
#include "runtime/reconciler.hpp"
#include "runtime/reports.hpp"
#include "runtime/snapshot.hpp"
#include "runtime/store.hpp"
#include "runtime/tls_probe.hpp"

namespace argos {

// Loop thread only.
class TlsWatcher final : public Reconciler {
 public:
  TlsWatcher(Store& store, Conditions& conditions, Reports& reports, const Clock& clock, CaddyTold& told,
             CaddySurroundings surroundings, std::string address);

  std::string_view name() const override { return "tls"; }
  Task<Result<Next>> reconcile(const Key& key) override;

 private:
  // One name: what was seen there, and when to look again.
  struct Watch {
    TlsSighting seen;
    Time looked{}, due{};
    int vain = 0;  // looks in a row that found something amiss
    std::string fingerprint;  // WatchedName::fingerprint
  };

  // A certificate that somebody brought.
  struct Brought {
    std::uint64_t generation = 0;  // of its row
    std::string fingerprint;
  };

  Result<> read();
  Result<> read_brought(Database& database);
  std::map<std::string, std::string> running_fingerprints() const;
  void watch(std::vector<WatchedTls> hosts);
  void take_news();
  void look_soon(const std::string& name, Span within);
  void look_at_renewals();
  const Condition* verdict_on(const WatchedTls& host) const;
  bool may_look(const WatchedTls& host) const;
  const WatchedTls* host_of(const std::string& name) const;

  // Handshakes
  struct Due {
    WatchedName what;
    std::uint64_t generation;
  };
  std::deque<Due> due_now() const;
  Task<void> look_at(std::deque<Due> due);
  Task<void> look_at_some(std::deque<Due>& due, Time until);
  void note(const Due& due, Result<ShownCertificate> result);

  // The verb
  std::optional<RequestEnd> refusal(const VerbRequest& request) const;
  bool all_seen(const WatchedTls& host, WallTime since) const;
  std::variant<std::monostate, RequestEnd, Renewal> step(const VerbRequest& request, WallTime began) const;
  Result<> renew(WallTime began);

  const IssueTrouble* trouble_of(const WatchedName& what, const TlsSighting& seen) const;
  Condition judge(const WatchedName& what, const TlsSighting& seen) const;
  void publish();
  std::optional<Condition> condition_of(const WatchedTls& host) const;
  Next next() const;
  boost::json::value report(const Key& key) const;

  // Constant after construction
  Store& store_;
  Conditions& conditions_;
  const Clock& clock_;
  CaddyTold& told_;
  CaddySurroundings surroundings_;
  TlsProbe probe_;
  // Loop thread only
  Snapshot wanted_;
  std::map<std::string, Brought> brought_;  // by the certificate's name
  std::map<std::string, std::string> running_;  // their fingerprints, of those that Caddy runs in their newest form
  bool is_stale_ = true;  // hosts_, against wanted_
  std::vector<VerbRequest> renewing_;  // open ones
  std::vector<WatchedTls> hosts_;
  std::map<std::string, Watch, std::less<>> watches_;  // by WatchedName::name
  std::optional<Time> heard_;  // CaddyTold::last, as it was last time
  std::optional<Error> unreachable_;  // nobody answers at the address
  Time reach_again_{};
};

}  // namespace argos
