// SPDX-License-Identifier: Apache-2.0
// `get`: objects as a table, as they are, or as manifests that can be applied again.
#include <iostream>

#include "cli/app.hpp"
#include "cli/client.hpp"
#include "cli/commands.hpp"
#include "cli/kinds.hpp"
#include "cli/objects.hpp"

namespace argos {
namespace {

std::string managed(const boost::json::value& object) {
  const auto by = text_at(object, {"metadata", "managedBy"}), owner = text_at(object, {"metadata", "owner"});
  return owner.empty() ? by : by + ":" + owner;
}

std::string usable_targets(const boost::json::value& object) {
  std::string out;
  for (const auto& target : list_at(object, {"spec", "targets"})) {
    out += (out.empty() ? "" : ",") + text_at(target, {"host"}) + ":" + text_at(target, {"port"});
  }
  return out;
}

// What was found for an older form of the object says nothing about this one.
std::pair<std::string, std::string> readiness(const boost::json::value& object) {
  const auto* const ready = condition_at(list_at(object, {"status", "conditions"}), "Ready");
  if (ready == nullptr || number_at(*ready, {"observedGeneration"}) < number_at(object, {"metadata", "generation"})) {
    return {"Unknown", "Pending"};
  }
  return {text_at(*ready, {"status"}), text_at(*ready, {"reason"})};
}

std::vector<std::string> header_of(Kind kind) {
  switch (kind) {
    case Kind::host: return {"NAME", "DOMAIN", "GROUP", "TLS", "EXPIRES", "READY", "REASON", "MANAGED BY"};
    case Kind::target_group: return {"NAME", "PROTOCOL", "ALGORITHM", "TARGETS", "READY", "REASON", "MANAGED BY"};
    case Kind::certificate: return {"NAME", "HOST", "ISSUER", "EXPIRES", "DAYS LEFT", "READY", "REASON", "MANAGED BY"};
    case Kind::backup_policy: return {"NAME", "ENABLED", "SCHEDULE", "DAYS", "KEEP LAST", "READY", "REASON", "MANAGED BY"};
    default: return {"NAME", "ACME EMAIL", "GRACE", "RETRY", "READY", "REASON", "MANAGED BY"};
  }
}

std::vector<std::string> row_of(Kind kind, const boost::json::value& object) {
  const auto spec = [&](std::string_view field) { return text_at(object, {"spec", field}); };
  const auto name = text_at(object, {"metadata", "name"});
  const auto [ready, reason] = readiness(object);
  switch (kind) {
    case Kind::host:
      return {name,  spec("domain"), spec("targetGroup"), text_at(object, {"spec", "tls", "mode"}), expiry_of(object),
              ready, reason,         managed(object)};
    case Kind::target_group:
      return {name, spec("protocol"), spec("algorithm"), usable_targets(object), ready, reason, managed(object)};
    case Kind::certificate: {
      const auto fact = [&](std::string_view field) { return text_at(object, {"status", "certificate", field}); };
      return {name,  spec("host"), fact("issuer"), fact("notAfter").substr(0, 10), fact("daysLeft"),
              ready, reason,       managed(object)};
    }
    case Kind::backup_policy:
      return {name,
              spec("enabled"),
              spec("schedule"),
              text_at(object, {"spec", "retention", "days"}),
              text_at(object, {"spec", "retention", "keepLast"}),
              ready,
              reason,
              managed(object)};
    default: return {name, spec("acmeEmail"), spec("gracePeriod"), spec("retryFor"), ready, reason, managed(object)};
  }
}

void print_manifests(const boost::json::array& items) {
  for (const auto& item : items) {
    if (&item != items.begin()) std::cout << "---\n";
    std::cout << manifest_text(item);
  }
}

void print_table(Kind kind, const boost::json::array& items) {
  Table table(header_of(kind));
  for (const auto& item : items) table.add(row_of(kind, item));
  print(table);
}

}  // namespace

int get(const GetOptions& options) {
  if (is_backup_word(options.kind)) {
    const auto slash = options.kind.find('/');
    return get_backups(slash == std::string::npos ? options.name : options.kind.substr(slash + 1), options.format);
  }
  const auto key = parse_key(options.name.empty() ? options.kind : options.kind + "/" + options.name);
  const auto kind = key ? desired_kind(names_of(key->kind).manifest) : Result<Kind>(key.error());
  if (!kind) {
    complain(kind.error().text());
    return kUsage;
  }
  const auto client = make_client();
  if (!client) {
    complain(client.error().text());
    return kUsage;
  }
  const auto answer = client->get(path_of({*kind, key->name}));
  if (!answer) return fail(answer.error());
  if (options.format == Format::json) {
    print(Format::json, *answer);
    return kDone;
  }
  const auto items = key->name.empty() ? list_at(*answer, {"items"}) : boost::json::array{*answer};
  options.format == Format::yaml ? print_manifests(items) : print_table(*kind, items);
  return kDone;
}

}  // namespace argos
