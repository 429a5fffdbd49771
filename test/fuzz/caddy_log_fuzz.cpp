// SPDX-License-Identifier: Apache-2.0
// Any bytes as lines of Caddy's log: nothing breaks, and what is told of them is short, of one line, and UTF-8.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "model/caddy_log.hpp"
#include "model/text.hpp"

namespace {

void require(bool holds, const char* rule) {
  if (holds) return;
  std::fprintf(stderr, "broken rule: %s\n", rule);
  std::abort();
}

void check(const argos::CertificateNews& news, const argos::IssueTroubles& troubles) {
  require(!news.name.empty() && news.name.size() <= 253, "a name is one");
  require(argos::is_utf8(news.words) && news.words.size() < 2000, "words are text, and few");
  require(news.words.find_first_of("\n\r\x1b") == std::string::npos, "words are on one line");
  require(news.attempt >= 0 && news.retry_in.count() >= 0, "numbers are sensible");
  const auto* const trouble = troubles.find(news.name);
  if (news.what == argos::CertificateNews::What::obtained) require(trouble == nullptr, "a certificate ends all trouble");
  if (news.what == argos::CertificateNews::What::will_retry) require(trouble != nullptr, "a failed attempt is known");
  if (trouble != nullptr && trouble->next_try) require(*trouble->next_try >= trouble->at, "the next try comes later");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  argos::IssueTroubles troubles;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
    if (const auto news = argos::read_certificate_news(text.substr(0, end))) {
      troubles.note(*news);
      check(*news, troubles);
    }
    text.remove_prefix(end);
  }
  return 0;
}
