// SPDX-License-Identifier: Apache-2.0
#include "test/support/leaks.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <spdlog/fmt/fmt.h>

#include "test/support/archives.hpp"

namespace argos::test {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kEnough = 32;  // bytes of a secret to tell it by

std::string base64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

// What base64 makes of the bytes where `shift` others come before them, less what depends on their neighbours.
std::string base64_within(std::string_view bytes, std::size_t shift) {
  const auto first = (8 * shift + 5) / 6, end = 8 * (shift + bytes.size()) / 6;
  return base64(std::string(shift, '\0') + std::string(bytes)).substr(first, end - first);
}

std::string hex(std::string_view bytes, const char* format) {
  std::string out;
  for (const char byte : bytes) out += fmt::format(fmt::runtime(format), static_cast<unsigned char>(byte));
  return out;
}

// Without white space and line ends as JSON and YAML write them; with one alphabet of base64.
std::string squeezed(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const bool escape = c == '\\' && at + 1 < text.size() && (text[at + 1] == 'n' || text[at + 1] == 'r');
    if (escape) ++at;
    if (escape || c == ' ' || c == '\n' || c == '\r' || c == '\t') continue;
    out += c == '-' ? '+' : c == '_' ? '/' : c;
  }
  return out;
}

std::string contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<pid_t> children_of(pid_t pid) {
  std::ifstream list(fmt::format("/proc/{0}/task/{0}/children", pid));
  return {std::istream_iterator<pid_t>(list), {}};
}

// The number that an RSA or EC key is made of, or the bytes of an Edwards one.
std::string secret_part(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr),
                                                                &EVP_PKEY_free);
  if (!key) throw std::runtime_error("no private key");
  std::string out;
  BIGNUM* number = nullptr;
  const char* const of_rsa = "rsa-factor1";
  if (EVP_PKEY_get_bn_param(key.get(), EVP_PKEY_is_a(key.get(), "RSA") != 0 ? of_rsa : "priv", &number) == 1) {
    out.resize(static_cast<std::size_t>(BN_num_bytes(number)));
    BN_bn2bin(number, reinterpret_cast<unsigned char*>(out.data()));
    BN_clear_free(number);
    return out;
  }
  std::size_t size = 0;
  EVP_PKEY_get_raw_private_key(key.get(), nullptr, &size);
  out.resize(size);
  EVP_PKEY_get_raw_private_key(key.get(), reinterpret_cast<unsigned char*>(out.data()), &size);
  return out;
}

}  // namespace

void Leaks::keep_secret(const std::string& what, std::string_view bytes) {
  const auto part = bytes.substr(0, kEnough);
  const bool is_known = std::ranges::any_of(needles_, [&](const auto& needle) { return needle.bytes == part; });
  if (is_known) return;
  needles_.push_back({what + ", as it is", std::string(part)});
  needles_.push_back({what + ", in hexadecimal", hex(part, "{:02x}")});
  needles_.push_back({what + ", in hexadecimal", hex(part, "{:02X}")});
  for (const std::size_t shift : {0, 1, 2}) needles_.push_back({what + ", in base64", base64_within(part, shift), true});
}

void Leaks::keep_secret_key(const std::string& what, const std::string& pem) { keep_secret(what, secret_part(pem)); }

void Leaks::keep_secret_hex(const std::string& what, const std::string& digits) {
  std::string bytes;
  for (std::size_t at = 0; at < digits.size(); at += 2)
    bytes += static_cast<char>(std::stoi(digits.substr(at, 2), nullptr, 16));
  keep_secret(what, bytes);
}

std::vector<std::string> Leaks::in(std::string_view text) const {
  const auto without_lines = squeezed(text);
  std::vector<std::string> out;
  for (const auto& needle : needles_) {
    const auto hay = needle.in_base64 ? std::string_view(without_lines) : text;
    if (::memmem(hay.data(), hay.size(), needle.bytes.data(), needle.bytes.size()) != nullptr) out.push_back(needle.what);
  }
  return out;
}

std::vector<std::string> Leaks::in_file(const fs::path& file) const {
  const auto name = file.filename().string();
  std::vector<std::string> out;
  const auto search = [&](const std::string& where, const std::string& bytes) {
    for (const auto& found : in(bytes)) out.push_back(where + ": " + found);
  };
  search(name, contents(file));
  if (!name.ends_with(".tar.gz")) return out;
  for (const auto& [member, bytes] : untarred(file.string())) search(name + "/" + member, bytes);
  return out;
}

std::vector<std::string> Leaks::in_files(const fs::path& folder) const {
  std::vector<std::string> out;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_symlink() || !entry.is_regular_file() || entry.path().extension() == ".key") continue;
    for (auto& found : in_file(entry.path())) out.push_back(std::move(found));
  }
  return out;
}

std::vector<std::string> Leaks::in_family(pid_t pid) const {
  std::vector<std::string> out;
  const auto search = [&](pid_t one, const char* file) {
    for (const auto& found : in(contents(fmt::format("/proc/{}/{}", one, file))))
      out.push_back(fmt::format("{} of {}: {}", file, one, found));
  };
  search(pid, "cmdline");
  for (const pid_t child : children_of(pid)) {
    search(child, "environ");
    for (auto& found : in_family(child)) out.push_back(std::move(found));
  }
  return out;
}

}  // namespace argos::test
