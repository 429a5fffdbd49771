// SPDX-License-Identifier: Apache-2.0
#include "model/x509.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <spdlog/fmt/fmt.h>

#include "model/text.hpp"

namespace argos {
namespace {

constexpr int kSoon = 30;        // days
constexpr int kLeastRsa = 2048;  // bits

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* thing) const {
    Free(thing);
  }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;
using Pkey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Cert = std::unique_ptr<X509, Freed<X509_free>>;

Bio reader(std::string_view bytes) { return Bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size()))); }

std::string taken(BIO* from) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(from, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
  const Bio out(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(out.get(), certificate);
  return taken(out.get());
}

std::string pem_of(EVP_PKEY* key) {
  const Bio out(BIO_new(BIO_s_secmem()));
  PEM_write_bio_PKCS8PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return taken(out.get());
}

// Every certificate in the text, in its order; nothing where one of them cannot be read.
std::optional<std::vector<Cert>> read_certificates(std::string_view pem) {
  std::vector<Cert> out;
  const auto in = reader(pem);
  while (auto* const next = PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)) out.emplace_back(next);
  const bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!ended) return std::nullopt;
  return out;
}

// YAML joins the lines of a text that is not marked as one of several.
std::string hint_for(std::string_view pem, const char* usual) {
  const bool joined =
      pem.starts_with("-----BEGIN ") && pem.substr(0, pem.find_last_not_of("\r\n") + 1).find('\n') == std::string_view::npos;
  return joined ? "its lines were joined into one: write `|` after the field's name, and the text indented below it" : usual;
}

// No password is ever asked for on a terminal.
int no_password(char*, int, int, void*) { return -1; }

Pkey read_key(std::string_view pem, FieldErrors& errors) {
  const auto in = reader(pem);
  Pkey key(PEM_read_bio_PrivateKey(in.get(), nullptr, no_password, nullptr));
  ERR_clear_error();
  if (!key) {
    errors.push_back(
        {"key", "NotPem", "is no private key in PEM form",
         hint_for(pem, "it begins with -----BEGIN PRIVATE KEY-----; from DER: openssl pkey -inform der -in FILE")});
  }
  return key;
}

bool has_private_key(std::string_view pem) { return pem.find("PRIVATE KEY-----") != std::string_view::npos; }
bool is_encrypted(std::string_view pem) {
  return pem.find("-----BEGIN ENCRYPTED PRIVATE KEY-----") != std::string_view::npos ||
         pem.find("Proc-Type: 4,ENCRYPTED") != std::string_view::npos;
}

// ---- facts

std::string entry(const X509_NAME* name, int nid) {
  const int at = X509_NAME_get_index_by_NID(const_cast<X509_NAME*>(name), nid, -1);
  if (at < 0) return {};
  unsigned char* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
  if (size < 0) return {};
  std::string out(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size));
  OPENSSL_free(utf8);
  return out;
}

std::string name_text(const X509_NAME* name) {
  for (const int nid : {NID_commonName, NID_organizationName}) {
    if (auto text = entry(name, nid); !text.empty()) return shown(text, 200);
  }
  const Bio out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253);
  return shown(taken(out.get()), 200);
}

std::string_view bytes_of(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)), static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::vector<std::string> dns_names(const X509* certificate) {
  std::vector<std::string> out;
  const std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int at = 0; names && at < sk_GENERAL_NAME_num(names.get()); ++at) {
    const auto* const name = sk_GENERAL_NAME_value(names.get(), at);
    if (name->type != GEN_DNS) continue;
    auto text = lower(bytes_of(name->d.dNSName));
    if (text.find('\0') == std::string::npos) out.push_back(std::move(text));
  }
  return out;
}

WallTime wall_time(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return std::chrono::sys_days(std::chrono::year(parts.tm_year + 1900) / (parts.tm_mon + 1) / parts.tm_mday) +
         std::chrono::hours(parts.tm_hour) + std::chrono::minutes(parts.tm_min) + std::chrono::seconds(parts.tm_sec);
}

std::string curve_of(const EVP_PKEY* key) {
  std::array<char, 64> group{};
  std::size_t size = 0;
  if (EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) != 1) return "an unknown curve";
  const std::string_view name(group.data(), size);
  if (name == "prime256v1") return "P-256";
  if (name == "secp384r1") return "P-384";
  if (name == "secp521r1") return "P-521";
  return std::string(name);
}

std::string key_text(const EVP_PKEY* key) {
  if (key == nullptr) return "an unknown kind of key";
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA: return fmt::format("RSA {}", EVP_PKEY_get_bits(key));
    case EVP_PKEY_EC: return "ECDSA " + curve_of(key);
    case EVP_PKEY_ED25519: return "Ed25519";
    default: return OBJ_nid2sn(EVP_PKEY_get_base_id(key));
  }
}

CertificateFacts facts(X509* certificate) {
  CertificateFacts out;
  out.subject = name_text(X509_get_subject_name(certificate));
  out.issuer = name_text(X509_get_issuer_name(certificate));
  out.names = dns_names(certificate);
  out.not_before = wall_time(X509_get0_notBefore(certificate));
  out.not_after = wall_time(X509_get0_notAfter(certificate));
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  X509_digest(certificate, EVP_sha256(), digest.data(), &size);
  out.fingerprint = to_hex({reinterpret_cast<const char*>(digest.data()), size});
  out.serial = to_hex(bytes_of(X509_get0_serialNumber(certificate)));
  out.key = key_text(X509_get0_pubkey(certificate));
  out.self_signed =
      X509_check_issued(certificate, certificate) == X509_V_OK && X509_verify(certificate, X509_get0_pubkey(certificate)) == 1;
  ERR_clear_error();
  return out;
}

// ---- judging

struct Sent {
  std::string_view certificate, chain, key;
};

std::string date(WallTime when) { return fmt::format("{}", to_rfc3339(when).substr(0, 10)); }

void check_size(std::string_view text, const char* field, FieldErrors& errors) {
  if (text.size() <= kLargestPem) return;
  errors.push_back(
      {field, "TooLarge", fmt::format("is larger than {} KiB", kLargestPem / 1024), "one certificate or key a field"});
}

void check_public(std::string_view text, const char* field, FieldErrors& errors) {
  check_size(text, field, errors);
  if (!has_private_key(text)) return;
  errors.push_back({field, "KeyInChain", "holds a private key, which would be shown to everybody",
                    "the private key belongs into `key`; if this text was published, make a new key"});
}

void check_key_text(std::string_view key, FieldErrors& errors) {
  check_size(key, "key", errors);
  if (!is_encrypted(key)) return;
  errors.push_back({"key", "EncryptedKey", "is protected by a password, which argos does not have",
                    "remove it: openssl pkey -in encrypted.key -out plain.key"});
}

// Leaf and chain as they were sent, together.
std::vector<Cert> read_all(const Sent& sent, FieldErrors& errors) {
  std::vector<Cert> out;
  const auto add = [&](std::string_view text, const char* field, bool required) {
    auto read = read_certificates(text);
    const bool blank = text.find_first_not_of(" \t\r\n") == std::string_view::npos;
    if (!read || (read->empty() && (required || !blank))) {
      errors.push_back(
          {field, "NotPem", "is no certificate in PEM form",
           hint_for(text, "it begins with -----BEGIN CERTIFICATE-----; from DER: openssl x509 -inform der -in FILE")});
      return;
    }
    std::ranges::move(*read, std::back_inserter(out));
  };
  add(sent.certificate, "certificate", true);
  add(sent.chain, "chain", false);
  return out;
}

void check_signature(X509* certificate, const char* field, FieldErrors& errors) {
  int digest = NID_undef;
  const bool known = OBJ_find_sigid_algs(X509_get_signature_nid(certificate), &digest, nullptr) == 1;
  if (!known || (digest != NID_sha1 && digest != NID_md5)) return;
  errors.push_back({field, "WeakSignature",
                    fmt::format("{} is signed with {}, which no browser accepts", name_text(X509_get_subject_name(certificate)),
                                OBJ_nid2sn(digest)),
                    "have it issued anew with SHA-256"});
}

void check_key_kind(X509* leaf, FieldErrors& errors) {
  const auto* const key = X509_get0_pubkey(leaf);
  const auto text = key_text(key);
  const int kind = key == nullptr ? NID_undef : EVP_PKEY_get_base_id(key);
  if (kind == EVP_PKEY_RSA && EVP_PKEY_get_bits(key) < kLeastRsa) {
    errors.push_back({"certificate", "WeakKey", fmt::format("its key is {}: less than {} bits", text, kLeastRsa),
                      "make a new key: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256"});
  }
  const bool curve = text == "ECDSA P-256" || text == "ECDSA P-384" || text == "ECDSA P-521";
  if (kind == EVP_PKEY_RSA || kind == EVP_PKEY_ED25519 || curve) return;
  errors.push_back({"certificate", "UnsupportedKey", fmt::format("its key is {}, which Caddy does not serve", text),
                    "use RSA, ECDSA on P-256, P-384 or P-521, or Ed25519"});
}

void check_leaf(X509* leaf, const CertificateFacts& facts, WallTime now, FieldErrors& errors) {
  check_key_kind(leaf, errors);
  check_signature(leaf, "certificate", errors);
  if (now > facts.not_after)
    errors.push_back({"certificate", "Expired", "expired on " + date(facts.not_after), "bring one that is valid"});
  if (now < facts.not_before)
    errors.push_back({"certificate", "NotYetValid", "is valid from " + date(facts.not_before) + " on", "is the clock right?"});
  if (facts.names.empty()) {
    errors.push_back({"certificate", "NoNames", "names no DNS name (subjectAltName): no client accepts it for a host",
                      "have it issued with subjectAltName; a common name does not count"});
  }
}

bool same(const Cert& one, const Cert& other) { return X509_cmp(one.get(), other.get()) == 0; }

// The one that the key belongs to; without a key the first that issued none of the others.
std::size_t find_leaf(const std::vector<Cert>& all, EVP_PKEY* key) {
  for (std::size_t at = 0; at < all.size(); ++at) {
    const auto issued = [&](const Cert& other) {
      return !same(all[at], other) && X509_check_issued(all[at].get(), other.get()) == X509_V_OK;
    };
    const bool is_it =
        key != nullptr ? EVP_PKEY_eq(X509_get0_pubkey(all[at].get()), key) == 1 : std::ranges::none_of(all, issued);
    if (is_it) return at;
  }
  return all.size();
}

// The leaf, its issuer, that one's issuer, …: as far as they are there.
std::vector<Cert> in_order(std::vector<Cert> all, std::size_t leaf, std::vector<std::string>& notes) {
  const auto sent = all.size();
  std::vector<std::size_t> order{leaf};
  for (bool more = true; more;) {
    auto* const last = all[order.back()].get();
    const auto issuer = std::ranges::find_if(all, [&](const Cert& one) {
      return X509_check_issued(one.get(), last) == X509_V_OK && X509_verify(last, X509_get0_pubkey(one.get())) == 1;
    });
    const auto at = static_cast<std::size_t>(issuer - all.begin());
    const bool seen = issuer == all.end() || std::ranges::any_of(order, [&](auto one) { return same(all[one], all[at]); });
    more = !seen;
    if (more) order.push_back(at);
  }
  ERR_clear_error();
  if (!std::ranges::is_sorted(order)) notes.emplace_back("the chain was out of order: put in order");
  if (order.size() < sent)
    notes.push_back(fmt::format("{} of {} certificates are not part of the chain: left out", sent - order.size(), sent));
  std::vector<Cert> out;
  for (const auto at : order) out.push_back(std::move(all[at]));
  return out;
}

void check_chain(const std::vector<Cert>& chain, WallTime now, Examined& out, FieldErrors& errors) {
  for (std::size_t at = 1; at < chain.size(); ++at) {
    auto* const link = chain[at].get();
    const auto about = facts(link);
    if (!about.self_signed) check_signature(link, "chain", errors);  // nobody verifies a root's own
    if (now > about.not_after)
      out.warnings.push_back(
          {"ChainExpired", fmt::format("{}, in its chain, expired on {}", about.subject, date(about.not_after))});
    out.chain += pem_of(link);
  }
}

}  // namespace

std::optional<Examined> examine(std::string_view certificate, std::string_view chain, std::string_view key,
                                std::optional<WallTime> now, FieldErrors& errors) {
  const auto before = errors.size();
  const Sent sent{certificate, chain, key};
  check_public(certificate, "certificate", errors);
  check_public(chain, "chain", errors);
  check_key_text(key, errors);
  if (errors.size() != before) return std::nullopt;
  auto all = read_all(sent, errors);
  const auto pkey = key.empty() ? nullptr : read_key(key, errors);
  if (errors.size() != before) return std::nullopt;
  const auto leaf = find_leaf(all, pkey.get());
  if (leaf == all.size()) {
    errors.push_back(
        {"key", "KeyMismatch", "belongs to none of the certificates", "bring the key that the certificate was made with"});
    return std::nullopt;
  }
  Examined out;
  const auto ordered = in_order(std::move(all), leaf, out.notes);
  out.facts = facts(ordered.front().get());
  out.leaf = pem_of(ordered.front().get());
  const auto when = now.value_or(out.facts.not_before);
  check_leaf(ordered.front().get(), out.facts, when, errors);
  check_chain(ordered, when, out, errors);
  if (errors.size() != before) return std::nullopt;
  std::ranges::move(warnings_of(out.facts, !out.chain.empty(), when), std::back_inserter(out.warnings));
  if (pkey) out.key = pem_of(pkey.get());
  return out;
}

std::optional<std::string> examine_key(std::string_view key, FieldErrors& errors) {
  const auto before = errors.size();
  check_key_text(key, errors);
  if (errors.size() != before) return std::nullopt;
  const auto read = read_key(key, errors);
  return read ? std::optional(pem_of(read.get())) : std::nullopt;
}

bool is_pem(std::string_view certificate) {
  const auto all = read_certificates(certificate);
  return all && !all->empty();
}

std::optional<CertificateFacts> facts_of(std::string_view pem) {
  const auto all = read_certificates(pem);
  if (!all || all->empty()) return std::nullopt;
  return facts(all->front().get());
}

std::optional<CertificateFacts> facts_of_der(std::string_view der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  const Cert certificate(d2i_X509(nullptr, &bytes, static_cast<long>(der.size())));
  ERR_clear_error();
  if (!certificate) return std::nullopt;
  return facts(certificate.get());
}

std::vector<CertificateWarning> warnings_of(const CertificateFacts& facts, bool has_chain, WallTime now) {
  std::vector<CertificateWarning> out;
  if (facts.self_signed) {
    out.push_back({"SelfSigned", "it is signed by itself: browsers warn of it"});
  } else if (!has_chain) {
    out.push_back(
        {"NoIntermediate",
         fmt::format("the certificate of its issuer, {}, is not in the chain: some clients will not trust it", facts.issuer)});
  }
  const int days = days_left(facts, now);
  if (days >= 0 && days < kSoon)
    out.push_back({"ExpiresSoon", fmt::format("it expires in {} days, on {}", days, date(facts.not_after))});
  return out;
}

bool covers(const std::vector<std::string>& names, std::string_view host) {
  const auto dot = host.find('.');
  const auto parent = dot == std::string_view::npos ? std::string_view() : host.substr(dot);
  return std::ranges::any_of(names, [&](std::string_view name) {
    if (name == host) return true;
    return name.starts_with("*.") && !parent.empty() && !host.starts_with("*.") && name.substr(1) == parent;
  });
}

int days_left(const CertificateFacts& facts, WallTime now) {
  return static_cast<int>(std::chrono::floor<std::chrono::days>(facts.not_after - now).count());
}

}  // namespace argos
