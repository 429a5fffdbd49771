// SPDX-License-Identifier: Apache-2.0
// panel-host: the environment -> the panel's own host and target group, where the panel stands behind Caddy; and where Caddy is.
//
// Watches the rows of hosts and target groups, Caddy's admin connection, time. Reads those two rows, and the name service. Writes them
// (managed_by=system) where they are missing or other than ARGOS_PANEL_DOMAIN and ARGOS_PANEL_UPSTREAM say, whoever made them so, and
// in mode `lan` deletes them where they are still its own; what somebody changed while argos ran it notes in `findings`. Tells
// TrustedProxies at which addresses the host of ARGOS_CADDY_ADMIN is. Sets nothing but its own Ready.
#pragma once

#include <optional>
#include <string>

#include "model/object.hpp"
#include "runtime/config.hpp"
#include "runtime/findings.hpp"
#include "runtime/reconciler.hpp"
#include "runtime/store.hpp"
#include "runtime/trusted_proxies.hpp"

namespace argos {

// What Caddy is to serve of the panel.
struct PanelObjects {
  Host host;
  TargetGroup group;

  // None in mode `lan`.
  static std::optional<PanelObjects> from(const Config& config);
};

class PanelHost final : public Reconciler {
 public:
  PanelHost(Store& store, const Clock& clock, TrustedProxies& proxies, const Config& config)
      : store_(store),
        proxies_(proxies),
        wanted_(PanelObjects::from(config)),
        caddy_(config.caddy_admin.host),
        findings_(store, clock, "panel-host") {}
  std::string_view name() const override { return "panel-host"; }
  Task<Result<Next>> reconcile(const Key& key) override;

 private:
  struct Held {
    std::optional<Object<Host>> host;
    std::optional<Object<TargetGroup>> group;
  };
  static Result<Held> look(Database& database);
  bool is_as_wanted(const Held& held) const;
  Result<> put_right(Database& database, const Held& held) const;
  Result<> keep();
  void tell(const Held& held);
  Task<Result<>> find_caddy();

  // Constant after construction
  Store& store_;
  TrustedProxies& proxies_;
  const std::optional<PanelObjects> wanted_;
  const std::string caddy_;  // its name; empty where it is at a socket
  // Loop thread only
  Findings findings_;
  bool has_kept_ = false;  // what differs from now on is somebody's doing, not the environment's
};

}  // namespace argos
