// SPDX-License-Identifier: Apache-2.0
#include "runtime/key_ring.hpp"

#include <algorithm>
#include <memory>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <spdlog/fmt/fmt.h>

#include "runtime/files.hpp"

namespace argos {
namespace {

constexpr auto kNonceBytes = static_cast<int>(Envelope::kNonceBytes);
constexpr auto kTagBytes = static_cast<int>(Envelope::kTagBytes);

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
int size_of(std::string_view text) { return static_cast<int>(text.size()); }

// The associated data. Each part behind its length, so that no two names make the same text.
std::string bound_to(const SecretName& name) {
  std::string out = "argos.v1.";
  for (const auto part : {name.kind, name.name, name.field}) out += fmt::format("{}:{};", part.size(), part);
  return out;
}

Error not_configured(std::string message, std::string hint) {
  return {"MasterKeyNotConfigured", "ARGOS_MASTER_KEY is not set: " + std::move(message), std::move(hint), Retry::never};
}

Error wrong_key(const SecretName& name, const std::string& key_id) {
  return {"WrongMasterKey",
          fmt::format("the {} of {} {} was sealed under the master key {}, which is not configured", name.field, name.kind,
                      name.name, key_id),
          "put that key into ARGOS_MASTER_KEY_PREVIOUS and restart argos, or enter the secret again", Retry::never};
}

Error broken(const SecretName& name) {
  return {"BrokenEnvelope",
          fmt::format("the sealed {} of {} {} was changed, or was sealed for something else", name.field, name.kind, name.name),
          "enter it again", Retry::never};
}

[[noreturn]] void no_openssl() { throw std::runtime_error("OpenSSL refuses to encrypt"); }

}  // namespace

KeyRing::Key::Key(std::string_view hex) {
  const auto digit = [&](std::size_t at) {
    return static_cast<unsigned>(OPENSSL_hexchar2int(static_cast<unsigned char>(hex[at])));
  };
  for (std::size_t at = 0; at < kKeyBytes; ++at) {
    bytes[at] = static_cast<unsigned char>((digit(2 * at) << 4U) | digit(2 * at + 1));
  }
  std::string labelled = "argos key id";
  labelled.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  id = sha256_hex(labelled).substr(0, Envelope::kIdDigits);
  wipe(labelled);
}

KeyRing::Key::~Key() { OPENSSL_cleanse(bytes.data(), bytes.size()); }

KeyRing::KeyRing(std::string_view current, const std::vector<std::string>& previous) : has_current_(!current.empty()) {
  keys_.reserve(previous.size() + 1);  // a vector that grows would leave keys behind
  if (has_current_) add(current);
  for (const auto& key : previous) add(key);
}

KeyRing KeyRing::take(Config& config) {
  KeyRing out(config.master_key, config.master_key_previous);
  wipe(config.master_key);
  for (auto& key : config.master_key_previous) wipe(key);
  config.master_key_previous.clear();
  return out;
}

void KeyRing::add(std::string_view hex) {
  Key key(hex);
  if (!has(key.id)) keys_.push_back(std::move(key));
}

bool KeyRing::has(std::string_view key_id) const { return std::ranges::find(keys_, key_id, &Key::id) != keys_.end(); }

std::vector<std::string> KeyRing::ids() const {
  std::vector<std::string> out;
  for (const auto& key : keys_) out.push_back(key.id);
  return out;
}

Result<std::string> KeyRing::seal(const SecretName& name, std::string_view plain) const {
  if (!can_seal()) {
    return not_configured("there is nothing to seal secrets with",
                          "make one (openssl rand -hex 32), keep a copy of it elsewhere, set it and restart argos");
  }
  const auto& key = keys_.front();
  const auto bound = bound_to(name);
  Envelope out{key.id, std::string(kNonceBytes, '\0'), std::string(plain.size(), '\0'), std::string(kTagBytes, '\0')};
  const Context context(EVP_CIPHER_CTX_new());
  auto* const cipher = bytes_of(out.ciphertext);
  int written = 0;
  const bool done = RAND_bytes(bytes_of(out.nonce), kNonceBytes) == 1 &&
                    EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.bytes.data(), bytes_of(out.nonce)) == 1 &&
                    EVP_EncryptUpdate(context.get(), nullptr, &written, bytes_of(bound), size_of(bound)) == 1 &&
                    EVP_EncryptUpdate(context.get(), cipher, &written, bytes_of(plain), size_of(plain)) == 1 &&
                    EVP_EncryptFinal_ex(context.get(), cipher + plain.size(), &written) == 1 &&
                    EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, bytes_of(out.tag)) == 1;
  if (!done) no_openssl();
  return to_text(out);
}

Result<Secret> KeyRing::open(const SecretName& name, std::string_view envelope) const {
  auto parts = parse_envelope(envelope);
  if (!parts) return broken(name);
  const auto key = std::ranges::find(keys_, parts->key_id, &Key::id);
  if (key == keys_.end()) {
    if (!empty()) return wrong_key(name, parts->key_id);
    return not_configured(fmt::format("the {} of {} {} cannot be read", name.field, name.kind, name.name),
                          "set it as it was and restart argos");
  }
  const auto bound = bound_to(name);
  std::string plain(parts->ciphertext.size(), '\0');
  auto* const out = bytes_of(plain);
  const Context context(EVP_CIPHER_CTX_new());
  int written = 0;
  const bool whole =
      EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key->bytes.data(), bytes_of(parts->nonce)) == 1 &&
      EVP_DecryptUpdate(context.get(), nullptr, &written, bytes_of(bound), size_of(bound)) == 1 &&
      EVP_DecryptUpdate(context.get(), out, &written, bytes_of(parts->ciphertext), size_of(parts->ciphertext)) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, bytes_of(parts->tag)) == 1 &&
      EVP_DecryptFinal_ex(context.get(), out + plain.size(), &written) == 1;
  if (whole) return Secret(std::move(plain));
  wipe(plain);
  return broken(name);
}

}  // namespace argos
