// SPDX-License-Identifier: Apache-2.0
#include "runtime/key_ring.hpp"

#include <algorithm>
#include <memory>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <spdlog/fmt/fmt.h>

#include "model/text.hpp"
#include "runtime/files.hpp"

namespace argos {
namespace {

constexpr std::string_view kVersion = "argos.v1.";
constexpr std::size_t kIdDigits = 16;
constexpr std::size_t kNonce = 12;  // bytes; GCM's own size
constexpr std::size_t kTag = 16;

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
int size_of(std::string_view text) { return static_cast<int>(text.size()); }

// Each part behind its length, so that no two names make the same text.
std::string bound_to(const SecretName& name) {
  std::string out(kVersion);
  for (const auto part : {name.kind, name.name, name.field}) out += fmt::format("{}:{};", part.size(), part);
  return out;
}

// RFC 4648, chapter 5, without padding.
std::string to_base64url(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3), '\0');
  EVP_EncodeBlock(bytes_of(out), bytes_of(bytes), size_of(bytes));
  while (out.ends_with('=')) out.pop_back();
  std::ranges::replace(out, '+', '-');
  std::ranges::replace(out, '/', '_');
  return out;
}

std::optional<std::string> from_base64url(std::string_view text) {
  std::string padded(text);
  std::ranges::replace(padded, '-', '+');
  std::ranges::replace(padded, '_', '/');
  const auto missing = (4 - padded.size() % 4) % 4;
  padded.append(missing, '=');
  std::string out(padded.size() / 4 * 3, '\0');
  const bool shaped = missing < 3 && EVP_DecodeBlock(bytes_of(out), bytes_of(padded), size_of(padded)) >= 0;
  if (!shaped) return std::nullopt;
  out.resize(out.size() - missing);
  return to_base64url(out) == text ? std::optional(std::move(out)) : std::nullopt;  // one text for each value only
}

struct Envelope {
  std::string id;
  std::string sealed;  // nonce, ciphertext, tag
};

std::optional<Envelope> read_envelope(std::string_view text) {
  auto id = key_id_of(text);
  if (!id) return std::nullopt;
  auto sealed = from_base64url(text.substr(kVersion.size() + kIdDigits + 1));
  if (!sealed || sealed->size() < kNonce + kTag) return std::nullopt;
  return Envelope{std::move(*id), std::move(*sealed)};
}

Error broken(const SecretName& name) {
  return {"BrokenEnvelope",
          fmt::format("the sealed {} of {} {} was changed, or was sealed for something else", name.field, name.kind, name.name),
          "enter it again", Retry::never};
}

[[noreturn]] void no_openssl() { throw std::runtime_error("OpenSSL refuses to encrypt"); }

}  // namespace

void wipe(std::string& text) {
  OPENSSL_cleanse(text.data(), text.capacity());
  text.clear();
}

void Secret::wipe() { argos::wipe(text_); }

std::optional<std::string> key_id_of(std::string_view envelope) {
  const auto end = kVersion.size() + kIdDigits;
  if (!envelope.starts_with(kVersion) || envelope.size() <= end || envelope[end] != '.') return std::nullopt;
  auto id = std::string(envelope.substr(kVersion.size(), kIdDigits));
  const bool hex = id.find_first_not_of("0123456789abcdef") == std::string::npos;
  return hex ? std::optional(std::move(id)) : std::nullopt;
}

KeyRing::Key::Key(std::string_view hex) {
  for (std::size_t at = 0; at < kKeyBytes; ++at) {
    bytes[at] = static_cast<unsigned char>((OPENSSL_hexchar2int(static_cast<unsigned char>(hex[2 * at])) << 4) |
                                           OPENSSL_hexchar2int(static_cast<unsigned char>(hex[2 * at + 1])));
  }
  std::string labelled = "argos key id";
  labelled.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  id = sha256_hex(labelled).substr(0, kIdDigits);
  wipe(labelled);
}

KeyRing::Key::~Key() { OPENSSL_cleanse(bytes.data(), bytes.size()); }

KeyRing::KeyRing(std::string_view current, const std::vector<std::string>& previous) : has_current_(!current.empty()) {
  keys_.reserve(previous.size() + 1);
  if (has_current_) keys_.emplace_back(current);
  for (const auto& key : previous) keys_.emplace_back(key);
}

std::vector<std::string> KeyRing::ids() const {
  std::vector<std::string> out;
  for (const auto& key : keys_) out.push_back(key.id);
  return out;
}

Result<std::string> KeyRing::seal(const SecretName& name, std::string_view plain) const {
  if (!can_seal()) {
    return Error{"MasterKeyNotConfigured", "ARGOS_MASTER_KEY is not set: there is nothing to seal secrets with",
                 "set it to 64 hexadecimal characters and restart argos", Retry::never};
  }
  const auto bound = bound_to(name);
  std::string out(kNonce + plain.size() + kTag, '\0');
  auto* const nonce = bytes_of(out);
  auto* const cipher = nonce + kNonce;
  const Context context(EVP_CIPHER_CTX_new());
  int written = 0;
  const bool done = RAND_bytes(nonce, kNonce) == 1 &&
                    EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, keys_.front().bytes.data(), nonce) == 1 &&
                    EVP_EncryptUpdate(context.get(), nullptr, &written, bytes_of(bound), size_of(bound)) == 1 &&
                    EVP_EncryptUpdate(context.get(), cipher, &written, bytes_of(plain), size_of(plain)) == 1 &&
                    EVP_EncryptFinal_ex(context.get(), cipher + plain.size(), &written) == 1 &&
                    EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTag, cipher + plain.size()) == 1;
  if (!done) no_openssl();
  return std::string(kVersion) + keys_.front().id + "." + to_base64url(out);
}

Result<Secret> KeyRing::open(const SecretName& name, std::string_view envelope) const {
  auto parts = read_envelope(envelope);
  if (!parts) return broken(name);
  const auto key = std::ranges::find(keys_, parts->id, &Key::id);
  if (key == keys_.end()) {
    if (empty()) {
      return Error{"MasterKeyNotConfigured",
                   fmt::format("ARGOS_MASTER_KEY is not set: the {} of {} {} cannot be read", name.field, name.kind, name.name),
                   "set it as it was and restart argos", Retry::never};
    }
    return Error{"WrongMasterKey",
                 fmt::format("the {} of {} {} was sealed under the master key {}, which is not in the ring", name.field,
                             name.kind, name.name, parts->id),
                 "put that key into ARGOS_MASTER_KEY or ARGOS_MASTER_KEY_PREVIOUS, or enter the secret again", Retry::never};
  }
  const auto bound = bound_to(name);
  const auto sealed = std::string_view(parts->sealed);
  const auto cipher = sealed.substr(kNonce, sealed.size() - kNonce - kTag);
  std::string tag(sealed.substr(sealed.size() - kTag)), plain(cipher.size(), '\0');
  const Context context(EVP_CIPHER_CTX_new());
  int written = 0;
  const bool whole = EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key->bytes.data(), bytes_of(sealed)) == 1 &&
                     EVP_DecryptUpdate(context.get(), nullptr, &written, bytes_of(bound), size_of(bound)) == 1 &&
                     EVP_DecryptUpdate(context.get(), bytes_of(plain), &written, bytes_of(cipher), size_of(cipher)) == 1 &&
                     EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTag, bytes_of(tag)) == 1 &&
                     EVP_DecryptFinal_ex(context.get(), bytes_of(plain) + plain.size(), &written) == 1;
  if (!whole) {
    wipe(plain);
    return broken(name);
  }
  return Secret(std::move(plain));
}

}  // namespace argos
