// SPDX-License-Identifier: Apache-2.0
#include "runtime/passwords.hpp"

#include <array>
#include <memory>
#include <stdexcept>

#include <crypt.h>
#include <openssl/crypto.h>
#include <spdlog/fmt/fmt.h>

#include "model/account.hpp"
#include "runtime/random.hpp"

namespace argos {
namespace {

constexpr auto kPrefix = "$2b$";
constexpr std::size_t kSaltBytes = 16;

struct Cleanse {
  void operator()(crypt_data* data) const {
    OPENSSL_cleanse(data, sizeof *data);
    delete data;
  }
};

// Empty where libxcrypt refuses the setting.
std::string crypt(const Secret& password, const std::string& setting) {
  const std::unique_ptr<crypt_data, Cleanse> data(new crypt_data{});
  std::string phrase(password.text());
  const char* const out = ::crypt_r(phrase.c_str(), setting.c_str(), data.get());
  wipe(phrase);
  return out == nullptr || *out == '*' ? std::string() : std::string(out);
}

class Counted {
 public:
  explicit Counted(std::size_t& count) : count_(count) { ++count_; }
  ~Counted() { --count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  std::size_t& count_;
};

Error too_many() {
  return {"TooManyLogins", "more passwords are being checked than this machine can keep up with", "try again in a few seconds"};
}

}  // namespace

std::string hash_password(const Secret& password, int cost) {
  if (!validate_password_form(password.text()).empty()) throw std::logic_error("this is no password");
  const auto salt = random_bytes(kSaltBytes);
  std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
  const char* const made = ::crypt_gensalt_rn(kPrefix, static_cast<unsigned long>(cost), salt.data(),
                                              static_cast<int>(salt.size()), setting.data(), static_cast<int>(setting.size()));
  auto out = made == nullptr ? std::string() : crypt(password, made);
  if (out.empty()) throw std::runtime_error("libxcrypt refuses to make a bcrypt hash");
  return out;
}

bool is_password(const std::string& hash, const Secret& password) {
  const bool possible = validate_password_form(password.text()).empty();
  const auto found = crypt(password, hash);
  return possible && !found.empty() && found.size() == hash.size() &&
         CRYPTO_memcmp(found.data(), hash.data(), hash.size()) == 0;
}

Passwords::Passwords(int cost, std::size_t most_waiting)
    : cost_(cost),
      most_waiting_(most_waiting),
      nobodys_(fmt::format("{}{:02}$abcdefghijklmnopqrstuu{}", kPrefix, cost, std::string(31, '.'))) {}

Task<Result<std::string>> Passwords::hash(Secret password) {
  if (is_full()) co_return too_many();
  const Counted counted(waiting_);
  auto job = [cost = cost_, secret = std::move(password)] { return hash_password(secret, cost); };
  co_return co_await worker_.run(std::move(job));
}

Task<Result<bool>> Passwords::check(std::string hash, Secret password) {
  if (is_full()) co_return too_many();
  const Counted counted(waiting_);
  const bool somebodys = !hash.empty();
  auto job = [against = somebodys ? std::move(hash) : nobodys_, secret = std::move(password)] {
    return is_password(against, secret);
  };
  const bool right = co_await worker_.run(std::move(job));
  co_return right&& somebodys;
}

}  // namespace argos
