// SPDX-License-Identifier: Apache-2.0
// JSON in and out of the handlers.
#include <algorithm>
#include <charconv>

#include <boost/json.hpp>

#include "panel/api.hpp"

namespace argos::api {
namespace {

constexpr std::size_t kDeepest = 32;
constexpr std::int64_t kLargestPage = 500;

bool says_json(std::string_view content_type) {
  const auto type = content_type.substr(0, content_type.find(';'));
  return type.empty() || type == "application/json" || type.ends_with("+json");
}

}  // namespace

Response json_response(int status, const boost::json::value& body) {
  auto text = boost::json::serialize(body);
  text += '\n';
  return {status, {{"Content-Type", "application/json"}}, std::move(text)};
}

boost::system::result<boost::json::value, Problem> read_body(const Request& request) {
  if (!says_json(request.header("content-type"))) {
    return Problem{415, "NotJson", "the content type is not JSON", "send application/json", {}, {}};
  }
  boost::json::parse_options options;
  options.max_depth = kDeepest;
  boost::system::error_code bad;
  auto value = boost::json::parse(request.body, bad, {}, options);
  if (bad) return Problem{400, "NotJson", "the body is not JSON: " + bad.message(), "", {}, {}};
  return value;
}

std::optional<std::int64_t> read_number(const Request& request, const std::string& name, FieldErrors& errors) {
  const auto text = request.parameter(name);
  if (text.empty()) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (bad == std::errc{} && end == text.data() + text.size() && number > 0) return number;
  errors.push_back({name, "Invalid", "'" + std::string(text) + "' is not a positive number", ""});
  return std::nullopt;
}

boost::system::result<Page, Problem> read_page(const Request& request) {
  FieldErrors errors;
  Page page{read_number(request, "limit", errors), std::string(request.parameter("continue"))};
  if (!errors.empty()) return invalid(std::move(errors));
  if (page.limit) page.limit = std::min(*page.limit, kLargestPage);
  return page;
}

boost::system::result<bool, Problem> read_dry_run(const Request& request) {
  using Read = boost::system::result<bool, Problem>;
  const auto text = request.parameter("dryRun");
  if (text.empty() || text == "false" || text == "true") return Read(boost::system::in_place_value, text == "true");
  return invalid({{"dryRun", "Invalid", "this is neither true nor false", "write dryRun=true"}});
}

}  // namespace argos::api
