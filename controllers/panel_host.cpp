// SPDX-License-Identifier: Apache-2.0
#include "controllers/panel_host.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/fmt/ranges.h>
#include <spdlog/spdlog.h>

#include "model/differences.hpp"
#include "runtime/rows.hpp"

namespace argos {
namespace {

const std::string kPanel(kPanelObject);
constexpr std::size_t kMostFindings = 12;  // of one object

template <class Spec>
bool is_own(const std::optional<Object<Spec>>& held) {
  return held && held->meta.managed_by == ManagedBy::system;
}

template <class Spec>
bool holds(const std::optional<Object<Spec>>& held, const Spec& wanted) {
  return is_own(held) && held->errors.empty() && held->spec == wanted && held->meta.owner.empty();
}

template <class Spec>
Result<> put_own(Database& database, const Spec& wanted) {
  const auto written = put(database, kPanel, wanted, ManagedBy::system, "");
  if (!written) return written.error();
  if (*written != Outcome::unchanged)
    spdlog::info("panel-host: {} {}", to_string(Key{Spec::kKind, kPanel}), to_string(*written));
  return {};
}

template <class Spec>
Result<> remove_own(Database& database, const std::optional<Object<Spec>>& held) {
  if (!is_own(held)) return {};
  const auto removed = remove(database, {Spec::kKind, kPanel});
  if (!removed) return removed.error();
  spdlog::info("panel-host: {} deleted: ARGOS_PANEL_MODE is lan", to_string(Key{Spec::kKind, kPanel}));
  return {};
}

template <class Spec>
boost::json::value told(const Spec& spec, ManagedBy by) {
  auto out = to_json_value(spec);
  out.as_object()["managedBy"] = enum_text(by);
  return out;
}

template <class Spec>
void compare(const std::optional<Object<Spec>>& held, const Spec& wanted, std::vector<Finding>& out) {
  const auto within = fmt::format("/{}/{}", names_of(Spec::kKind).plural, kPanel);
  const auto ours = told(wanted, ManagedBy::system);
  const auto theirs = held ? told(held->spec, held->meta.managed_by) : boost::json::value();
  const auto all = held ? differences(ours, theirs, kMostFindings) : std::vector<Difference>{{"", &ours, nullptr}};
  for (const auto& difference : all) out.push_back(finding_at(difference, Key{Spec::kKind, kPanel}, within));
}

}  // namespace

// No health check: there is only one argos, and its own restart is not to be held against it.
std::optional<PanelObjects> PanelObjects::from(const Config& config) {
  if (!config.is_behind_caddy()) return std::nullopt;
  PanelObjects out;
  out.host.domain = config.panel_domain;
  out.host.target_group = kPanelObject;
  out.group.targets.push_back({.host = config.panel_upstream.host, .port = config.panel_upstream.port});
  return out;
}

Task<Result<Next>> PanelHost::reconcile(const Key&) {
  if (auto kept = keep(); !kept) co_return kept.error();
  if (auto found = co_await find_caddy(); !found) co_return found.error();
  co_return Next::on_change();
}

Result<PanelHost::Held> PanelHost::look(Database& database) {
  auto host = read_one<Host>(database, kPanel);
  if (!host) return host.error();
  auto group = read_one<TargetGroup>(database, kPanel);
  if (!group) return group.error();
  return Held{std::move(*host), std::move(*group)};
}

bool PanelHost::is_as_wanted(const Held& held) const {
  if (!wanted_) return !is_own(held.host) && !is_own(held.group);
  return holds(held.host, wanted_->host) && holds(held.group, wanted_->group);
}

// The group comes first and goes last: no host is without it.
Result<> PanelHost::put_right(Database& database, const Held& held) const {
  if (!wanted_) {
    if (auto gone = remove_own(database, held.host); !gone) return gone;
    return remove_own(database, held.group);
  }
  if (auto done = put_own(database, wanted_->group); !done) return done;
  return put_own(database, wanted_->host);
}

Result<> PanelHost::keep() {
  Held held;
  const auto see = [&](Database& database) -> Result<> {
    auto found = look(database);
    if (!found) return found.error();
    held = std::move(*found);
    return {};
  };
  if (auto read = store_.read(see); !read) return read;
  if (!is_as_wanted(held)) {
    const auto written = store_.write(Actor{std::string(name()), ""}, [&](Database& database) -> Result<> {
      if (auto read = see(database); !read) return read;
      return put_right(database, held);
    });
    if (!written) return written;
  }
  tell(held);
  has_kept_ = true;
  return {};
}

void PanelHost::tell(const Held& held) {
  std::vector<Finding> findings;
  if (wanted_ && has_kept_ && !is_as_wanted(held)) {
    compare(held.host, wanted_->host, findings);
    compare(held.group, wanted_->group, findings);
  }
  if (findings.empty()) return findings_.none();
  findings_.note(findings, FindingAction::healed);
}

// Where it cannot be found it stays trusted where it was last.
Task<Result<>> PanelHost::find_caddy() {
  namespace asio = boost::asio;
  if (!proxies_.follows_caddy() || caddy_.empty()) co_return Result<>{};
  asio::ip::tcp::resolver resolver(co_await asio::this_coro::executor);
  boost::system::error_code failed;
  const auto found = co_await resolver.async_resolve(caddy_, "", asio::redirect_error(asio::use_awaitable, failed));
  if (failed) {
    co_return Error{"CaddyNotFound", "cannot look up " + caddy_ + ", where Caddy is: " + failed.message(),
                    "is ARGOS_CADDY_ADMIN right? ARGOS_TRUSTED_PROXIES names Caddy's address otherwise"};
  }
  std::vector<std::string> addresses;
  for (const auto& one : found) addresses.push_back(one.endpoint().address().to_string());
  if (proxies_.caddy_is_at(addresses))
    spdlog::info("panel-host: Caddy is trusted as a proxy at {}", fmt::join(addresses, ", "));
  co_return Result<>{};
}

}  // namespace argos
