// SPDX-License-Identifier: Apache-2.0
// What Caddy's own log tells of certificates: which name got one, which did not, why, and when Caddy tries again.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "model/condition.hpp"

namespace argos {

struct CertificateNews {
  enum class What {
    challenge_failed,  // the CA could not see what it asked for; another challenge may still succeed
    failed,            // an attempt ended without a certificate
    will_retry,
    obtained,
  };
  What what = What::failed;
  std::string name;
  WallTime at{};
  std::string words;  // why, freed of addresses that say nothing and of what might be secret
  int attempt = 0;                  // will_retry only
  std::chrono::seconds retry_in{};  // will_retry only
};

// Of one line, as the JSON encoder of Caddy 2.6 to 2.11 writes it; nothing where it tells no such thing. Never throws, whatever it is
// given.
std::optional<CertificateNews> read_certificate_news(std::string_view line);

// Why a name has no new certificate.
struct IssueTrouble {
  std::string words;
  WallTime at{};
  int attempt = 0;  // 0: not known
  std::optional<WallTime> next_try;
};

// What the news add up to.
class IssueTroubles {
 public:
  void note(const CertificateNews& news);
  const IssueTrouble* find(std::string_view name) const;  // of an attempt that has ended
  // Of the attempt that has brought the name's certificate: why not from the issuer that was asked first.
  const IssueTrouble* find_overcome(std::string_view name) const;
  template <class Wanted>
  void keep_only(Wanted wanted) {
    std::erase_if(names_, [&](const auto& item) { return !wanted(item.first); });
  }

 private:
  struct Attempt {
    std::string challenge, words;  // of the one under way: what the CA could not see, and why it ended
    std::optional<IssueTrouble> trouble;  // of the last one that ended
    std::optional<IssueTrouble> overcome;
  };
  std::map<std::string, Attempt, std::less<>> names_;
};

}  // namespace argos
