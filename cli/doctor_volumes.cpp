// SPDX-License-Identifier: Apache-2.0
// The doctor's checks of what a container has mounted and who is beside it: file systems, owners, what is read-only, SELinux,
// CrowdSec, the panel's name.
#include <linux/magic.h>
#include <netdb.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

#include <spdlog/fmt/fmt.h>

#include "cli/doctor.hpp"
#include "cli/output.hpp"

namespace argos {
namespace fs = std::filesystem;
namespace {

bool may(const std::string& path, int mode) { return ::access(path.c_str(), mode) == 0; }

// Whose it is and who asks, which is what most trouble with mounts comes down to.
std::string owners(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return {};
  return fmt::format("it belongs to {}:{}, this is {}:{}", about.st_uid, about.st_gid, ::geteuid(), ::getegid());
}

bool is_selinux_enforcing() {
  std::ifstream file("/sys/fs/selinux/enforce");
  return file.get() == '1';
}

const boost::json::value* condition_of(const Patient& patient, std::string_view controller, std::string_view type) {
  for (const auto& one : list_at(*patient.status, {"controllers"})) {
    if (text_at(one, {"name"}) == controller) return condition_at(list_at(one, {"conditions"}), type);
  }
  return nullptr;
}

}  // namespace

// None: its locks can be trusted.
std::optional<std::string> network_file_system(std::int64_t magic) {
  constexpr std::int64_t kCifs = 0xFF534D42, kSmb2 = 0xFE534D42, kFuse = 0x65735546;
  switch (magic) {
    case NFS_SUPER_MAGIC: return "NFS";
    case SMB_SUPER_MAGIC:
    case kCifs:
    case kSmb2: return "SMB";
    case V9FS_MAGIC: return "9p";
    case CEPH_SUPER_MAGIC: return "Ceph";
    case kFuse: return "FUSE";
    default: return std::nullopt;
  }
}

Diagnosis check_file_system(const Patient& patient) {
  const auto folder = fs::path(patient.config.db_path).parent_path().string();
  struct statfs about {};
  if (::statfs(folder.c_str(), &about) != 0) return fine(folder + " is not there yet");
  const auto network = network_file_system(static_cast<std::int64_t>(static_cast<std::uint32_t>(about.f_type)));
  if (!network) return fine(folder + " is on a local file system");
  return bad(
      fmt::format("{} is on {}: SQLite's locks cannot be trusted there, and the database may be damaged", folder, *network),
      "put argos_data on a local disk; backups may stay on a network");
}

Diagnosis check_backup_folder(const Patient& patient) {
  const auto& folder = patient.config.backup_dir;
  if (!may(folder, F_OK)) return fine(folder + " is not there yet: argos makes it");
  if (may(folder, R_OK | W_OK | X_OK)) return fine(folder + " may be written to");
  return bad(fmt::format("archives cannot be written to {}: {}", folder, owners(folder)),
             fmt::format("chown -R {}:{} {}", ::geteuid(), ::getegid(), folder));
}

Diagnosis check_caddy_data(const Patient& patient) {
  const auto& folder = patient.config.caddy_data_dir;
  if (folder.empty() || !may(folder, F_OK)) return fine("Caddy's data is not here: it is in no backup");
  const auto within = folder + "/caddy";  // where the volume is open to all, what Caddy makes in it is not
  for (const auto& place : {folder, within}) {
    if (!may(place, F_OK) || may(place, R_OK | X_OK)) continue;
    return warn(fmt::format("Caddy's data at {} cannot be read, and is in no backup: {}", place, owners(place)),
                "docs/backup.md says how; in containers: docker-compose.capture.yml");
  }
  return fine(folder + " can be read");
}

Diagnosis check_caddy_log(const Patient& patient) {
  const auto& path = patient.config.caddy_errors_log;
  if (path.empty() || !may(path, F_OK)) return fine("there is no " + (path.empty() ? "log of Caddy's" : path) + " yet");
  if (may(path, R_OK)) return fine(path + " can be read");
  return warn(fmt::format("{} cannot be read: why a certificate was not renewed stays unknown; {}", path, owners(path)),
              "chmod a+r " + path);
}

Diagnosis check_selinux(const Patient& patient) {
  if (!is_selinux_enforcing()) return fine("SELinux does not enforce anything here");
  std::array<char, 256> label{};
  const auto size = ::getxattr(patient.config.data_dir.c_str(), "security.selinux", label.data(), label.size() - 1);
  const std::string said(label.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  if (may(patient.config.data_dir, W_OK)) return fine("SELinux lets argos write its data (" + said + ")");
  return bad(fmt::format("SELinux is enforcing, and {} ({}) cannot be written to", patient.config.data_dir, said),
             "on the host: chcon -Rt container_file_t FOLDER, or :Z at the mount");
}

Diagnosis check_crowdsec(const Patient& patient) {
  if (patient.config.crowdsec_lapi_url.empty() || patient.config.crowdsec_bouncer_api_key.empty())
    return fine("CrowdSec is not configured: everybody is let in");
  if (!patient.status) return fine("not looked at: argos does not answer");
  for (const auto* const type : {"Reachable", "BouncerRegistered"}) {
    const auto* const said = condition_of(patient, "crowdsec", type);
    if (said == nullptr) return fine("not looked at yet");
    if (text_at(*said, {"status"}) != "True") {
      return warn(text_at(*said, {"message"}), "is CrowdSec up? docs/crowdsec.md says how keys are registered");
    }
  }
  if (patient.abilities && !patient.abilities->crowdsec) {
    return warn("this Caddy has no bouncer: CrowdSec decides, and nobody is turned away",
                "run a Caddy with caddy-crowdsec-bouncer, as the image here has it");
  }
  if (patient.config.crowdsec_appsec_url.empty()) return fine("CrowdSec answers, and knows argos");
  const auto* const inspects = condition_of(patient, "crowdsec", "AppSecReachable");
  if (inspects != nullptr && text_at(*inspects, {"status"}) != "True") {
    return warn(text_at(*inspects, {"message"}), "docs/crowdsec.md says how AppSec is set up");
  }
  if (patient.abilities && !patient.abilities->appsec) {
    return warn("this Caddy has no AppSec handler that lets through what AppSec does not answer for: nothing is inspected",
                "run a Caddy with a current caddy-crowdsec-bouncer, or unset CROWDSEC_APPSEC_URL");
  }
  return fine("CrowdSec answers, and knows argos; requests are inspected");
}

Diagnosis check_panel_domain(const Patient& patient) {
  const auto& domain = patient.config.panel_domain;
  if (!patient.config.is_behind_caddy() || domain.empty()) return fine("the panel has no domain");
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(domain.c_str(), nullptr, nullptr, &found);
  if (failed == 0) {
    ::freeaddrinfo(found);
    return fine(domain + " has an address");
  }
  return warn(fmt::format("{} has no address here: {}", domain, ::gai_strerror(failed)),
              "let DNS lead it to this machine; until then it is reached by ARGOS_LISTEN alone");
}

}  // namespace argos
