// SPDX-License-Identifier: Apache-2.0
#include "model/masked.hpp"

#include "model/deep_json.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include <boost/json.hpp>

namespace argos {
namespace {

constexpr std::string_view kMask = "\"***\"";

// Anywhere in a name, its case and marks aside.
constexpr std::array<std::string_view, 12> kTelling{"password", "passwd",     "passphrase",    "secret",
                                                    "token",    "credential", "authorization", "cookie",
                                                    "apikey",   "privatekey", "accesskey",     "bearer"};
// Only as a word of their own: "key" is one in "sealedKey" and in "key_file", not in "keepalive" or "monkey".
constexpr std::array<std::string_view, 19> kTellingWords{"key",    "keys",    "private",   "hash",  "hmac", "mac", "salt",
                                                         "auth",   "pass",    "pwd",       "pin",   "jwt",  "otp", "totp",
                                                         "sealed", "session", "signature", "nonce", "seed"};

bool is_word(std::string_view word) { return std::ranges::find(kTellingWords, word) != kTellingWords.end(); }

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }
bool is_letter(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }
bool is_upper(char c) { return std::isupper(static_cast<unsigned char>(c)) != 0; }

// "X-Api-Key", "api_key", "apiKey", "APIKey" -> api, key
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words(1);
  for (std::size_t at = 0; at < name.size(); ++at) {
    const char c = name[at];
    const bool follows_lower = at > 0 && is_upper(c) && !is_upper(name[at - 1]);
    const bool before_lower =
        at > 0 && is_upper(c) && at + 1 < name.size() && is_letter(name[at + 1]) && !is_upper(name[at + 1]);
    if (!is_letter(c) || follows_lower || before_lower) words.emplace_back();
    if (is_letter(c)) words.back() += lower(c);
  }
  return words;
}

bool looks_secret(std::string_view text) {
  if (text.starts_with("Bearer ") || text.starts_with("Basic ")) return true;
  if (text.find("PRIVATE KEY-----") != std::string_view::npos) return true;
  const auto scheme = text.find("://");
  if (scheme == std::string_view::npos) return false;
  const auto authority = text.substr(scheme + 3, text.substr(scheme + 3).find_first_of("/?# "));
  return authority.substr(0, authority.rfind('@')).find(':') != std::string_view::npos &&
         authority.find('@') != std::string_view::npos;
}

// Writes until there is enough of it: a document may be large.
class Writer {
 public:
  explicit Writer(std::size_t longest) : longest_(longest) {}

  void put(const boost::json::value& value) {
    if (full()) return;
    switch (value.kind()) {
      case boost::json::kind::object: return put_object(value.get_object());
      case boost::json::kind::array: return put_array(value.get_array());
      case boost::json::kind::string: return put_string(value.get_string());
      default: out_ += boost::json::serialize(value);
    }
  }
  void put_mask() { out_ += kMask; }
  std::string text() && {
    if (!full()) return std::move(out_);
    std::size_t end = longest_;
    while (end > 0 && (static_cast<unsigned char>(out_[end]) & 0xC0U) == 0x80U) --end;  // not within a character
    return out_.substr(0, end) + "…";
  }

 private:
  bool full() const { return out_.size() > longest_; }

  void put_object(const boost::json::object& object) {
    out_ += '{';
    const char* separator = "";
    for (const auto& member : object) {
      if (full()) return;
      out_ += separator;
      out_ += boost::json::serialize(member.key());
      out_ += ':';
      if (may_be_secret(member.key())) {
        put_mask();
      } else {
        put(member.value());
      }
      separator = ",";
    }
    out_ += '}';
  }
  void put_array(const boost::json::array& array) {
    out_ += '[';
    const char* separator = "";
    for (const auto& element : array) {
      if (full()) return;
      out_ += separator;
      put(element);
      separator = ",";
    }
    out_ += ']';
  }
  void put_string(std::string_view text) {
    if (looks_secret(text)) return put_mask();
    out_ += boost::json::serialize(boost::json::string_view(text.substr(0, longest_ + 1)));
  }

  std::size_t longest_;
  std::string out_;
};

bool leads_to_secret(std::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    if (may_be_secret(path.substr(0, end))) return true;
    path.remove_prefix(end);
  }
  return false;
}

}  // namespace

bool may_be_secret(std::string_view name) {
  const auto words = words_of(name);
  if (std::ranges::any_of(words, is_word)) return true;
  std::string whole;
  for (const auto& word : words) whole += word;
  return std::ranges::any_of(kTelling, [&](std::string_view telling) { return whole.find(telling) != std::string::npos; });
}

std::string masked(std::string_view path, const boost::json::value* value, std::size_t longest) {
  if (value == nullptr) return {};
  Writer writer(longest);
  if (leads_to_secret(path)) {
    writer.put_mask();
  } else {
    writer.put(*value);
  }
  return std::move(writer).text();
}

std::string masked(const boost::json::value* value, std::size_t longest) { return masked({}, value, longest); }

boost::json::value without_secrets(std::string_view path, const boost::json::value& whole) {
  constexpr std::size_t kWhole = 1UL << 26U;
  const auto text = masked(path, &whole, kWhole);
  auto out = parse_deep(text);
  return out ? std::move(*out) : boost::json::value(text);
}

}  // namespace argos
