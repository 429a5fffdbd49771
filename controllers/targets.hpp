// SPDX-License-Identifier: Apache-2.0
// targets: what Caddy tells of the servers behind it -> conditions.
//
// Watches time (10 s), the rows of hosts and target groups, and Caddy's admin connection, which ends at each reload. Reads GET /metrics
// and GET /reverse_proxy/upstreams, at most once a second, and nothing at all where no group answers for a host; decides by
// model/target_health.hpp. Writes nothing. Offers the report "targets". Sets on every host that a target group answers for, and on
// that group:
//   TargetsHealthy  True AllHealthy; False TargetsDown, AllTargetsDown; Unknown NotChecked, Shared, Pending, NotProgrammed, NoTargets,
//                   CaddyUnreachable. It is information and does not decide Ready: a site with a dead target is as it was wanted.
//
// A Caddy that does not answer is `caddy`'s to report: here it makes these conditions Unknown, and the controller stays Ready.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controllers/caddy_told.hpp"
#include "model/target_health.hpp"
#include "runtime/conditions.hpp"
#include "runtime/http_client.hpp"
#include "runtime/reconciler.hpp"
#include "runtime/reports.hpp"
#include "runtime/snapshot.hpp"
#include "runtime/store.hpp"

namespace argos {

// Loop thread only.
class Targets final : public Reconciler {
 public:
  Targets(Store& store, Conditions& conditions, Reports& reports, HttpClient& http, const Clock& clock, Endpoint admin,
          const CaddyTold& told);

  std::string_view name() const override { return "targets"; }
  Task<Result<Next>> reconcile(const Key& key) override;

 private:
  struct Group {
    WatchedGroup what;
    std::vector<TargetHealth> targets;  // of what.targets, in that order
    bool same_check(const WatchedGroup& other) const;
  };

  Result<> read_rows();
  void watch(const Watched& now);
  Task<Result<Figures>> ask();
  Task<Result<std::string>> get(std::string target);
  void judge(const Figures& figures);
  void publish();
  void publish_one(const Key& key, Condition condition);
  bool any_candidate() const;
  std::optional<Span> until_settled() const;
  Next next() const;
  boost::json::value report(const Key& key) const;

  // Constant after construction
  Store& store_;
  Conditions& conditions_;
  HttpClient& http_;
  const Clock& clock_;
  Endpoint admin_;
  const CaddyTold& told_;
  // Loop thread only
  Snapshot wanted_;
  std::map<std::string, Group, std::less<>> groups_;
  std::map<std::string, Sharing, std::less<>> sharing_;
  std::vector<WatchedHost> hosts_;
  std::set<Key> published_;
  bool news_ = true;  // there is something to be said
  std::optional<Error> trouble_;  // why there are no figures
  std::optional<Time> looked_;
  WallTime looked_at_{};
};

}  // namespace argos
