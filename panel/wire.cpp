// SPDX-License-Identifier: Apache-2.0
#include "panel/wire.hpp"

#include <algorithm>
#include <cctype>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "model/text.hpp"

namespace argos {
namespace {

bool is_text(std::string_view text) { return is_utf8(text) && text.find('\0') == std::string_view::npos; }

bool read_target(std::string_view target, Request& request) {
  const auto url = target.starts_with('/') ? boost::urls::parse_origin_form(target) : boost::urls::parse_uri(target);
  if (!url) return false;
  request.path = url->path();
  if (request.path.empty()) request.path = "/";
  bool text = is_text(request.path);
  for (const auto& parameter : url->params()) {
    text = text && is_text(parameter.key) && is_text(parameter.value);
    request.query[parameter.key] = parameter.value;
  }
  return text;
}

}  // namespace

bool read_head(const WireRequest& wire, Request& request) {
  request.method = std::string(wire.method_string());
  for (const auto& field : wire) {
    std::string name(field.name_string());
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    auto& value = request.headers[name];
    value += (value.empty() ? "" : ", ") + std::string(field.value());
  }
  return read_target(std::string_view(wire.target().data(), wire.target().size()), request);
}

bool has_body_to_come(const Parser& parser) { return !parser.is_done(); }

bool says_longer(const Parser& parser, std::uint64_t most) {
  const auto length = parser.content_length();
  return length && *length > most;
}

}  // namespace argos
