// SPDX-License-Identifier: Apache-2.0
#include "panel/cross_site.hpp"

#include <algorithm>
#include <array>

#include "model/text.hpp"

namespace argos {
namespace {

// "text/plain; charset=utf-8" -> "text/plain"
std::string media_type(std::string_view content_type) {
  auto type = content_type.substr(0, content_type.find(';'));
  while (type.starts_with(' ')) type.remove_prefix(1);
  while (type.ends_with(' ')) type.remove_suffix(1);
  return lower(type);
}

// What the Fetch standard lets any page send without asking first, or no type at all.
bool any_page_may_send(const std::string& type) {
  constexpr std::array<std::string_view, 4> kSimple{"", "application/x-www-form-urlencoded", "multipart/form-data",
                                                    "text/plain"};
  return std::ranges::find(kSimple, type) != kSimple.end();
}

bool has_body(const Request& head) {
  const auto length = head.header("content-length");
  return !head.header("transfer-encoding").empty() || (!length.empty() && length != "0");
}

bool is_own(std::string_view origin, const Request& head) {
  const auto scheme = origin.find("://");
  if (scheme == std::string_view::npos || origin.substr(scheme + 3) != head.header("host")) return false;
  return !head.tls || origin.substr(0, scheme) == "https";
}

Problem foreign(std::string detail) {
  return {403, "CrossSite", std::move(detail), "send it from the panel itself, or from a program that is no browser", {}, {}};
}

}  // namespace

std::optional<Problem> why_cross_site(const Request& head) {
  if (!head.is_change()) return std::nullopt;
  const auto site = head.header("sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none")
    return foreign("the browser sent this for a page of another site");
  const auto origin = head.header("origin");
  if (!origin.empty() && !is_own(origin, head)) return foreign("the page that sent this is not of this site");
  const bool needs_type = head.method == "POST" || has_body(head);
  if (needs_type && any_page_may_send(media_type(head.header("content-type")))) {
    return Problem{415, "SimpleContentType", "any web page could have sent this", "send it as application/json", {}, {}};
  }
  return std::nullopt;
}

}  // namespace argos
