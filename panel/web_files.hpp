// SPDX-License-Identifier: Apache-2.0
// The panel's own files, which the build makes of panel/web/ and links in: which one a path means, and how it is answered.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "panel/http.hpp"

namespace argos {

struct WebFile {
  std::string_view path, type, hash;
  std::string_view plain, gzip, brotli;  // its bytes; the latter two are empty where it is compressed already
};
std::span<const WebFile> web_files();

// The answer to a GET or HEAD of a file, or of a page, by a browser; none where it is neither. Pages are all one file: the script in
// it reads the path.
std::optional<Response> web_answer(const Request& request, std::span<const WebFile> files = web_files());

}  // namespace argos
