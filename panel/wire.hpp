// SPDX-License-Identifier: Apache-2.0
// Beast's messages <-> requests and answers. No I/O.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "panel/request.hpp"

namespace argos {

using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
using WireRequest = boost::beast::http::request<boost::beast::http::string_body>;

// Method, target and headers. False: the target is no path, or something that answers may quote is no text.
bool read_head(const WireRequest& wire, Request& request);

// Whether a body is still to come, once the header was read.
bool has_body_to_come(const Parser& parser);
// Of that length, as its sender says; a chunked one does not say.
bool says_longer(const Parser& parser, std::uint64_t most);

}  // namespace argos
