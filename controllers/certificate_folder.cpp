// SPDX-License-Identifier: Apache-2.0
#include "controllers/certificate_folder.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include <unistd.h>

#include "model/validate.hpp"
#include "model/x509.hpp"
#include "runtime/key_ring.hpp"

namespace argos {
namespace {

constexpr std::size_t kPairDigits = 12;
constexpr std::uint64_t kLargestFile = 2 * kLargestPem + 1;  // leaf and chain

bool is_pair(std::string_view text) {
  return text.size() == kPairDigits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_host(std::string_view text) { return validate_name(Kind::host, text).empty(); }

bool may_give(unsigned group) {
  if (::geteuid() == 0 || group == ::getegid()) return true;
  std::vector<gid_t> mine(static_cast<std::size_t>(std::max(::getgroups(0, nullptr), 0)));
  const int count = ::getgroups(static_cast<int>(mine.size()), mine.data());
  mine.resize(static_cast<std::size_t>(std::max(count, 0)));
  return std::ranges::find(mine, group) != mine.end();
}

}  // namespace

OwnName own_name(std::string_view name) {
  using What = OwnName::What;
  if (is_temporary(name)) {
    const auto within = own_name(name.substr(0, name.rfind(".tmp-")));
    return within.what == What::none ? OwnName{} : OwnName{What::temporary, within.stem};
  }
  if (!name.ends_with(".crt") && !name.ends_with(".key")) return {};
  const auto stem = name.substr(0, name.size() - 4);
  const auto dot = stem.rfind('.');
  const bool is_link = dot == std::string_view::npos;
  if (!is_host(stem.substr(0, dot)) || (!is_link && !is_pair(stem.substr(dot + 1)))) return {};
  return {is_link ? What::link : What::pair, std::string(stem)};
}

std::string pair_id(std::string_view crt, std::string_view key) {
  std::string both(crt);
  both.append(key);
  auto id = sha256_hex(both).substr(0, kPairDigits);
  wipe(both);
  return id;
}

std::set<std::string> pairs_named_in(std::string_view document) {
  constexpr std::string_view kEnd = ".crt\"";
  std::set<std::string> out;
  for (auto at = document.find(kEnd); at != std::string_view::npos; at = document.find(kEnd, at + 1)) {
    const auto before = document.substr(0, at);
    out.emplace(before.substr(before.find_last_of("/\"") + 1));
  }
  return out;
}

unsigned mode_of(std::string_view file) { return file.ends_with(".key") ? kKeyMode : kCertificateMode; }

Result<Folder> open_certificates(const std::string& path, bool make) {
  auto folder = Folder::open(path, Folder::Links::refuse);
  if (folder || !make || folder.error().reason != "NotFound") return folder;
  std::error_code failed;
  std::filesystem::create_directories(path, failed);
  return Folder::open(path, Folder::Links::refuse);
}

Result<FileOwner> owner_in(const Folder& folder) {
  constexpr unsigned kSetGroup = 02000;  // what is made in it is of its group by itself
  const auto self = folder.self();
  if (!self) return self.error();
  const bool of_its_group = (self->mode & kSetGroup) != 0 || may_give(self->group);
  return FileOwner{::geteuid(), of_its_group ? self->group : ::getegid()};
}

HeldFile held_file(const Folder& folder, Folder::Entry entry) {
  HeldFile found{std::move(entry), {}, {}};
  if (found.entry.is == Folder::Entry::Is::link) {
    if (auto target = folder.target(found.entry.name)) found.target = std::move(*target);
  }
  if (found.entry.is == Folder::Entry::Is::file && own_name(found.entry.name).what == OwnName::What::pair) {
    auto bytes = folder.read(found.entry.name, kLargestFile);
    found.sha256 = bytes ? sha256_hex(*bytes) : bytes.error().reason;
    if (bytes) wipe(*bytes);
  }
  return found;
}

Result<StagedPair> stage_pair(const Folder& folder, const std::string& stem, std::string_view crt, std::string_view key,
                              unsigned group) {
  auto staged_key = folder.stage(stem + ".key", key, {kKeyMode, group});
  if (!staged_key) return staged_key.error();
  auto staged_crt = folder.stage(stem + ".crt", crt, {kCertificateMode, group});
  if (!staged_crt) return staged_crt.error();
  return StagedPair{std::move(*staged_key), std::move(*staged_crt)};
}

Result<> place_pair(const Folder& folder, StagedPair pair) {
  if (auto placed = folder.place(std::move(pair.key)); !placed) return placed;
  return folder.place(std::move(pair.crt));
}

}  // namespace argos
