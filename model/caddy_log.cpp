// SPDX-License-Identifier: Apache-2.0
#include "model/caddy_log.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <boost/json.hpp>

#include "model/text.hpp"

namespace argos {
namespace {

using boost::json::object;
using What = CertificateNews::What;

constexpr std::size_t kLongestName = 253;
constexpr std::size_t kLongestWords = 300;
constexpr double kLatest = 4e9;  // seconds since 1970; twice as many still fit into a clock of nanoseconds

std::string_view text_in(const object& from, std::string_view field) {
  const auto* const found = from.if_contains(field);
  return found != nullptr && found->is_string() ? std::string_view(found->get_string()) : std::string_view();
}

std::optional<double> number_in(const object& from, std::string_view field) {
  const auto* const found = from.if_contains(field);
  if (found == nullptr || !found->is_number()) return std::nullopt;
  const double number = found->to_number<double>();
  return number >= 0 && number < kLatest ? std::optional(number) : std::nullopt;
}

bool remove_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// "[a.test] Obtain: …", "a.test: obtaining certificate: …"
std::string_view name_in(std::string_view error) {
  if (remove_prefix(error, "[")) return error.substr(0, error.find_first_of(" ]"));
  return error.substr(0, error.find_first_of(" :"));
}

// Who logs in, what is asked for, and tokens of challenges: some of it is secret, none of it helps.
std::string without_secrets(std::string_view text) {
  constexpr std::string_view kEnds = " \"'\t\n)";
  constexpr std::string_view kChallenge = "/acme-challenge/";
  std::string out;
  for (auto at = text.find("://"); at != std::string_view::npos; at = text.find("://")) {
    out += text.substr(0, at + 3);
    text.remove_prefix(at + 3);
    auto url = text.substr(0, text.find_first_of(kEnds));
    text.remove_prefix(url.size());
    const auto authority = url.substr(0, url.find_first_of("/?#"));
    if (const auto login = authority.rfind('@'); login != std::string_view::npos) url.remove_prefix(login + 1);
    url = url.substr(0, url.find_first_of("?#"));
    const auto token = url.find(kChallenge);
    out += token == std::string_view::npos ? url : url.substr(0, token + kChallenge.size());
  }
  return out += text;
}

// "HTTP 400 urn:ietf:params:acme:error:connection - no route" (RFC 8555, 6.7) -> "no route (connection)"
std::string_view problem_type(std::string_view type) {
  remove_prefix(type, "urn:ietf:params:acme:error:");
  return type;
}

std::string problem_words(std::string_view type, std::string_view detail) {
  std::string out(detail);
  if (!type.empty()) out += (out.empty() ? "(" : " (") + std::string(problem_type(type)) + ")";
  return out;
}

std::string plain_words(std::string_view words, std::string_view name) {
  const std::string brackets = "[" + std::string(name) + "] ", colon = std::string(name) + ": ";
  const std::array<std::string_view, 9> noise{brackets,
                                              colon,
                                              "Obtain: ",
                                              "Renew: ",
                                              "obtaining certificate: ",
                                              "renewing certificate: ",
                                              "solving challenge: ",
                                              "solving challenges: ",
                                              "authorization failed: "};
  while (std::ranges::any_of(noise, [&](std::string_view prefix) { return remove_prefix(words, prefix); })) {
  }
  for (const std::string_view tail : {" (ca=", " (order="}) words = words.substr(0, words.find(tail));
  constexpr std::string_view kProblem = "urn:ietf:params:acme:error:", kThen = " - ";
  if (const auto at = words.find(kProblem); at != std::string_view::npos) {
    const auto problem = words.substr(at);
    const auto then = problem.find(kThen);
    if (then != std::string_view::npos) return problem_words(problem.substr(0, then), problem.substr(then + kThen.size()));
  }
  return std::string(words);
}

std::string finished(const std::string& words) { return shown(without_secrets(words), kLongestWords); }

// What 2.6 writes beside the problem's parts, 2.11 has in an object.
std::string challenge_words(const object& line) {
  const auto* const problem = line.if_contains("problem");
  if (problem != nullptr && problem->is_object())
    return problem_words(text_in(problem->get_object(), "type"), text_in(problem->get_object(), "detail"));
  return problem_words(text_in(line, "problem_type"), text_in(line, "error"));
}

std::optional<What> what_of(std::string_view logger, std::string_view message) {
  if (logger.ends_with("acme_client") && message == "challenge failed") return What::challenge_failed;
  if (logger == "tls" && message == "job failed") return What::failed;
  if (logger != "tls.obtain" && logger != "tls.renew") return std::nullopt;
  if (message == "could not get certificate from issuer") return What::failed;
  if (message == "will retry") return What::will_retry;
  if (message == "certificate obtained successfully" || message == "certificate renewed successfully") return What::obtained;
  return std::nullopt;
}

// A reload ends an attempt, which begins anew at once.
bool was_cancelled(std::string_view error) { return error.find("context canceled") != std::string_view::npos; }

std::optional<CertificateNews> news_of(const object& line) {
  const auto what = what_of(text_in(line, "logger"), text_in(line, "msg"));
  const auto at = number_in(line, "ts");
  const auto error = text_in(line, "error");
  if (!what || !at || was_cancelled(error)) return std::nullopt;
  auto name = text_in(line, "identifier");
  if (name.empty()) name = name_in(error);
  if (name.empty() || name.size() > kLongestName) return std::nullopt;
  CertificateNews out;
  out.what = *what;
  out.name = name;
  out.at = WallTime{std::chrono::milliseconds(std::llround(*at * 1000))};
  if (*what != What::obtained)
    out.words = finished(*what == What::challenge_failed ? challenge_words(line) : plain_words(error, name));
  out.attempt = static_cast<int>(std::min(number_in(line, "attempt").value_or(0), 1e6));
  out.retry_in = std::chrono::seconds(std::llround(number_in(line, "retrying_in").value_or(0)));
  return out;
}

// That the last challenge failed is no reason; why each failed was said before.
bool says_little(std::string_view words) { return words.find("no solvers available for remaining challenges") != words.npos; }

}  // namespace

std::optional<CertificateNews> read_certificate_news(std::string_view line) {
  // Nearly every line is about something else, and need not be parsed.
  if (line.find("\"tls") == std::string_view::npos && line.find("acme_client\"") == std::string_view::npos) return std::nullopt;
  boost::system::error_code bad;
  const auto parsed = boost::json::parse(line, bad);
  if (bad || !parsed.is_object()) return std::nullopt;
  return news_of(parsed.get_object());
}

void IssueTroubles::note(const CertificateNews& news) {
  if (news.what == What::obtained) {
    auto overcome = std::exchange(names_[news.name].trouble, {});
    names_.erase(news.name);
    if (overcome) names_[news.name].overcome = std::move(overcome);
    return;
  }
  auto& attempt = names_[news.name];
  if (news.what == What::challenge_failed) {
    attempt.challenge = news.words;
    return;
  }
  if (attempt.words.empty())
    attempt.words = says_little(news.words) && !attempt.challenge.empty() ? attempt.challenge : news.words;
  attempt.trouble = IssueTrouble{attempt.words, news.at, news.attempt, {}};
  if (news.what != What::will_retry) return;
  attempt.trouble->next_try = news.at + news.retry_in;
  attempt.challenge.clear();
  attempt.words.clear();
}

const IssueTrouble* IssueTroubles::find_overcome(std::string_view name) const {
  const auto held = names_.find(name);
  return held == names_.end() || !held->second.overcome ? nullptr : &*held->second.overcome;
}

const IssueTrouble* IssueTroubles::find(std::string_view name) const {
  const auto held = names_.find(name);
  return held == names_.end() || !held->second.trouble ? nullptr : &*held->second.trouble;
}

}  // namespace argos
