// SPDX-License-Identifier: Apache-2.0
#include "model/kind.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace argos {
namespace {

constexpr std::array<KindNames, 5> kDesired{{
    {Kind::settings, "Settings", "settings", "settings"},
    {Kind::target_group, "TargetGroup", "targetgroups", "target_groups"},
    {Kind::host, "Host", "hosts", "hosts"},
    {Kind::certificate, "Certificate", "certificates", "host_manual_certs"},
    {Kind::backup_policy, "BackupPolicy", "backuppolicies", "backup_policies"},
}};
constexpr KindNames kController{Kind::controller, "Controller", "controllers", "controllers"};
constexpr KindNames kBackup{Kind::backup, "Backup", "backups", "backups"};
constexpr KindNames kRequest{Kind::request, "Request", "requests", "requests"};
constexpr KindNames kUser{Kind::user, "User", "users", "users"};

std::string squeezed(std::string_view word) {
  std::string out;
  for (const char c : word) {
    if (c != '_' && c != '-') out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

}  // namespace

std::span<const KindNames> desired_kinds() { return kDesired; }

const KindNames& names_of(Kind kind) {
  if (kind == Kind::request) return kRequest;
  if (kind == Kind::user) return kUser;
  if (kind == Kind::backup) return kBackup;
  const auto* const found = std::ranges::find(kDesired, kind, &KindNames::kind);
  return found == kDesired.end() ? kController : *found;
}

std::string_view only_name(Kind kind) { return kind == Kind::settings || kind == Kind::backup_policy ? "default" : ""; }

std::optional<Kind> kind_from(std::string_view word) {
  const std::string wanted = squeezed(word);
  if (wanted == "tg") return Kind::target_group;
  if (wanted == "cert" || wanted == "certs") return Kind::certificate;
  for (const auto& names : kDesired) {
    if (wanted == squeezed(names.manifest) || wanted == names.plural || wanted == squeezed(names.table)) return names.kind;
  }
  if (wanted == "controller" || wanted == "controllers") return Kind::controller;
  return std::nullopt;
}

std::string to_string(const Key& key) {
  if (key.name.empty()) return std::string(names_of(key.kind).plural);
  return squeezed(names_of(key.kind).manifest) + "/" + key.name;
}

}  // namespace argos
