// SPDX-License-Identifier: Apache-2.0
#include "runtime/certificate_intake.hpp"

#include <algorithm>

#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include "model/validate.hpp"
#include "runtime/files.hpp"

namespace argos {
namespace {

constexpr std::string_view kMark = "sha256:";

std::string mark_of(std::string_view plain) { return std::string(kMark) + sha256_hex(plain); }

std::vector<std::string> names_of_host(const Host& host) {
  std::vector<std::string> out;
  const auto add = [&](const std::string& domain) {
    if (auto ascii = ascii_domain(domain)) out.push_back(std::move(*ascii));
  };
  add(host.domain);
  for (const auto& alias : host.aliases) add(alias);
  return out;
}

}  // namespace

SecretName name_of_key(std::string_view certificate) { return {names_of(Kind::certificate).manifest, certificate, "key"}; }

bool is_open(std::string_view mark) { return mark.starts_with(kMark); }

std::string key_mark(const KeyRing& ring, std::string_view name, std::string_view envelope) {
  const auto opened = ring.open(name_of_key(name), envelope);
  if (opened) return mark_of(opened->text());
  return std::string(opened.error().reason == "BrokenEnvelope" ? envelope : kLocked);
}

std::optional<ReadCertificate> read_certificate(const KeyRing& ring, const std::string& name, const CertificateInput& sent,
                                                WallTime now, FieldErrors& errors) {
  const auto before = errors.size();
  ReadCertificate out;
  out.host = sent.host;
  out.sealed_key = sent.sealed_key;
  if (!sent.sealed_key.empty()) {
    auto opened = ring.open(name_of_key(name), sent.sealed_key);
    if (opened) {
      out.key = std::move(*opened);
    } else if (opened.error().reason == "BrokenEnvelope") {
      errors.push_back({"spec.sealedKey", "BrokenEnvelope", "was changed, or was sealed for something else",
                        "seal it for this very name: argos seal --for Certificate/" + name});
    } else {
      out.locked = opened.error();
    }
  }
  FieldErrors wrong;
  auto examined = examine(sent.certificate, sent.chain, sent.sealed_key.empty() ? sent.key : out.key.text(), now, wrong);
  for (auto& error : wrong) {
    error.path = "spec." + (error.path == "key" && !sent.sealed_key.empty() ? "sealedKey" : error.path);
    errors.push_back(std::move(error));
  }
  if (!examined || errors.size() != before) return std::nullopt;
  out.leaf = std::move(examined->leaf);
  out.chain = std::move(examined->chain);
  out.names = std::move(examined->facts.names);
  if (sent.sealed_key.empty()) {
    out.key = Secret(std::move(examined->key));
  } else {
    wipe(examined->key);
  }
  out.key_mark = out.locked ? kLocked : mark_of(out.key.text());
  return out;
}

std::string key_field(const ReadCertificate& read) { return read.sealed_key.empty() ? "spec.key" : "spec.sealedKey"; }

Result<Certificate> stored_form(Database& database, const Secrets& secrets, const std::string& name,
                                const ReadCertificate& read) {
  Certificate out{read.host, read.leaf, read.chain, read.sealed_key};
  const auto held = read_one<Certificate>(database, name);
  if (!held) return held.error();
  const auto mark = *held ? key_mark(secrets.ring(), name, (*held)->spec.key_pem_encrypted) : std::string();
  const bool same_leaf = *held && (*held)->spec.cert_pem == read.leaf;
  if (read.locked ? same_leaf && (is_open(mark) || mark == kLocked) : mark == read.key_mark) {
    out.key_pem_encrypted = (*held)->spec.key_pem_encrypted;
    return out;
  }
  if (read.locked && is_open(mark)) return *read.locked;
  if (!read.sealed_key.empty()) return out;
  auto sealed = secrets.seal(database, name_of_key(name), read.key.text());
  if (!sealed) return sealed.error();
  out.key_pem_encrypted = std::move(*sealed);
  return out;
}

Result<std::string> find_envelope(Database& database, const KeyRing& ring, const std::string& name, std::string_view mark) {
  const auto rows = database.query("SELECT envelope FROM sealed WHERE kind = ? AND subject = ? ORDER BY seq DESC",
                                   cells(names_of(Kind::certificate).manifest, name));
  if (!rows) return rows.error();
  const auto found =
      std::ranges::find_if(*rows, [&](const Row& row) { return key_mark(ring, name, row.at("envelope").as_string()) == mark; });
  return found == rows->end() ? std::string() : std::string(found->at("envelope").as_string());
}

std::optional<FieldError> uncovered_names(const Host& host, const ReadCertificate& read) {
  std::vector<std::string> missing;
  for (auto& name : names_of_host(host)) {
    if (!covers(read.names, name)) missing.push_back(std::move(name));
  }
  if (missing.empty()) return std::nullopt;
  return FieldError{
      "spec.certificate", "NameNotCovered",
      fmt::format("is for {}, not for {} of host/{}", fmt::join(read.names, ", "), fmt::join(missing, ", "), read.host),
      "have it issued for every name and alias of the host"};
}

boost::json::object certificate_facts(std::string_view leaf, std::string_view chain, WallTime now) {
  const auto facts = facts_of(leaf);
  if (!facts) return {};
  std::size_t links = 0;
  for (auto at = chain.find("-----BEGIN"); at != std::string_view::npos; at = chain.find("-----BEGIN", at + 1)) ++links;
  boost::json::array warnings;
  for (const auto& warning : warnings_of(*facts, links > 0, now))
    warnings.push_back({{"reason", warning.reason}, {"message", warning.message}});
  return {{"subject", facts->subject},
          {"issuer", facts->issuer},
          {"names", boost::json::array(facts->names.begin(), facts->names.end())},
          {"notBefore", to_rfc3339(facts->not_before)},
          {"notAfter", to_rfc3339(facts->not_after)},
          {"daysLeft", days_left(*facts, now)},
          {"fingerprint", facts->fingerprint},
          {"serial", facts->serial},
          {"key", facts->key},
          {"selfSigned", facts->self_signed},
          {"chainLength", links},
          {"warnings", std::move(warnings)}};
}

boost::json::object certificate_facts(const Certificate& certificate, WallTime now) {
  auto out = certificate_facts(certificate.cert_pem, certificate.chain_pem, now);
  out["sealedBy"] = key_id_of(certificate.key_pem_encrypted).value_or("");
  return out;
}

}  // namespace argos
