// SPDX-License-Identifier: Apache-2.0
// Any bytes as what a client sends: read as argos reads it, up to what a handler gets.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>

#include "model/network.hpp"
#include "model/text.hpp"
#include "panel/wire.hpp"

namespace {

void require(bool holds, const char* rule) {
  if (holds) return;
  std::fprintf(stderr, "broken rule: %s\n", rule);
  std::abort();
}

bool is_text(std::string_view text) { return argos::is_utf8(text) && text.find('\0') == std::string_view::npos; }

constexpr std::uint64_t kMostHeader = 16U << 10U;
constexpr std::uint64_t kMostBody = 64;

void look_at(const argos::Request& request) {
  require(is_text(request.path) && !request.path.empty(), "a path is text");
  for (const auto& [name, value] : request.query) require(is_text(name) && is_text(value), "a query is text");
  for (const auto& [name, value] : request.headers) {
    for (const char c : name) require(c < 'A' || c > 'Z', "a header's name is in lower case");
    require(value.find('\n') == std::string::npos, "a header is one line");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const boost::asio::const_buffer bytes(data, size);
  boost::system::error_code failed;
  argos::Parser parser;
  parser.header_limit(kMostHeader);
  parser.body_limit(boost::none);
  parser.eager(false);
  const auto head = parser.put(bytes, failed);
  if (failed || !parser.is_header_done()) return 0;
  argos::Request request;
  if (argos::read_head(parser.get(), request)) look_at(request);
  static const auto kTrusted = argos::parse_network("0.0.0.0/1");
  const auto client = argos::client_address("10.0.0.1", request.header("x-forwarded-for"), {&*kTrusted, 1});
  require(argos::parse_address(client).has_value(), "a client has an address");
  if (!argos::has_body_to_come(parser) || argos::says_longer(parser, kMostBody)) return 0;
  parser.body_limit(kMostBody);
  parser.eager(true);
  parser.put(bytes + head, failed);
  require(parser.get().body().size() <= kMostBody, "no body is longer than it may be");
  return 0;
}
