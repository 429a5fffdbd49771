// SPDX-License-Identifier: Apache-2.0
#include "controllers/certificate_pairs.hpp"

#include <utility>

#include "model/validate.hpp"
#include "runtime/rows.hpp"

namespace argos {
namespace {

Error not_accepted(const char* reason, const FieldErrors& errors) { return {reason, to_string(errors), "", Retry::never}; }

PairRecord record_of(const Object<Certificate>& row, const CertificateFacts& facts, std::string_view crt,
                     std::string_view key) {
  PairRecord out;
  out.certificate = row.meta.name;
  out.host = row.spec.host;
  out.generation = row.meta.generation;
  out.names = facts.names;
  out.pair = pair_id(crt, key);
  out.crt_sha256 = sha256_hex(crt);
  out.key_sha256 = sha256_hex(key);
  return out;
}

Object<Certificate> from_row(const Row& row) {
  Object<Certificate> out;
  out.meta = meta_from_row(row);
  argos::from_row(row, "spec", out.spec, out.errors);
  return out;
}

}  // namespace

MadePair make_pair(const Row& held, const KeyRing& ring) {
  auto row = from_row(held);
  if (row.errors.empty()) row.errors = validate_unread(row.spec);  // its PEM is read below
  MadePair out;
  auto& judged = out.judged;
  judged.generation = row.meta.generation;
  judged.host = row.spec.host;

  const auto opened = ring.open({names_of(Kind::certificate).manifest, row.meta.name, "key"}, row.spec.key_pem_encrypted);
  if (!opened) judged.not_decryptable = opened.error();
  FieldErrors errors;
  auto examined =
      examine(row.spec.cert_pem, row.spec.chain_pem, opened ? opened->text() : std::string_view(), std::nullopt, errors);
  if (!errors.empty()) judged.not_accepted = not_accepted(errors.front().reason.c_str(), errors);
  if (!row.errors.empty() && errors.empty()) judged.not_accepted = not_accepted("Invalid", row.errors);
  if (!examined) {
    judged.facts = facts_of(row.spec.cert_pem).value_or(CertificateFacts{});
    return out;
  }
  judged.facts = examined->facts;
  out.key = Secret(std::move(examined->key));
  if (judged.not_accepted || judged.not_decryptable) return out;
  out.crt = examined->leaf + examined->chain;
  judged.pair = record_of(row, examined->facts, out.crt, out.key.text());
  return out;
}

std::optional<MadePair> pair_as_judged(const Row& held, const Judged& judged, const KeyRing& ring) {
  const auto row = from_row(held);
  if (!row.errors.empty() || !judged.sound() || judged.generation != row.meta.generation) return std::nullopt;
  auto key = ring.open({names_of(Kind::certificate).manifest, row.meta.name, "key"}, row.spec.key_pem_encrypted);
  auto crt = row.spec.cert_pem + row.spec.chain_pem;
  if (!key || pair_id(crt, key->text()) != judged.pair.pair) return std::nullopt;
  return MadePair{judged, std::move(crt), std::move(*key)};
}

}  // namespace argos
