// SPDX-License-Identifier: Apache-2.0
#include "panel/web_files.hpp"

#include <algorithm>

namespace argos {
namespace {

constexpr std::string_view kHashedFolder = "/assets/";  // names of files in it change with their contents
constexpr std::string_view kStart = "/index.html";

// Whether "gzip" is among "br;q=1.0, gzip;q=0.8" and not refused by ";q=0".
bool accepts(std::string_view list, std::string_view wanted) {
  while (!list.empty()) {
    auto one = list.substr(0, list.find(','));
    list.remove_prefix(std::min(one.size() + 1, list.size()));
    while (one.starts_with(' ')) one.remove_prefix(1);
    const auto name = one.substr(0, one.find_first_of("; "));
    const auto quality = one.find("q=0");
    const bool refused =
        quality != std::string_view::npos && one.find_first_not_of("0. ", quality + 2) == std::string_view::npos;
    if (name == wanted) return !refused;
  }
  return false;
}

const WebFile* find_file(std::span<const WebFile> files, std::string_view path) {
  const auto found = std::ranges::find(files, path, &WebFile::path);
  return found == files.end() ? nullptr : &*found;
}

// A page is what a person opens in a browser; a program that asks for a path that is not there gets its 404.
bool is_page(const Request& request) {
  const std::string_view path = request.path;
  return !path.starts_with("/api/") && !path.starts_with(kHashedFolder) &&
         request.header("accept").find("text/html") != std::string_view::npos;
}

const WebFile* meant(std::span<const WebFile> files, const Request& request) {
  if (request.method != "GET" && request.method != "HEAD") return nullptr;
  if (request.path == "/") return find_file(files, kStart);
  if (const auto* const file = find_file(files, request.path)) return file;
  return is_page(request) ? find_file(files, kStart) : nullptr;
}

struct Form {
  std::string_view bytes, encoding;
};

Form form_of(const WebFile& file, std::string_view accepted) {
  if (!file.brotli.empty() && accepts(accepted, "br")) return {file.brotli, "br"};
  if (!file.gzip.empty() && accepts(accepted, "gzip")) return {file.gzip, "gzip"};
  return {file.plain, ""};
}

std::string tag_of(const WebFile& file, const Form& form) {
  return "\"" + std::string(file.hash) + (form.encoding.empty() ? "" : "-") + std::string(form.encoding) + "\"";
}

}  // namespace

std::optional<Response> web_answer(const Request& request, std::span<const WebFile> files) {
  const auto* const file = meant(files, request);
  if (file == nullptr) return std::nullopt;
  const auto form = form_of(*file, request.header("accept-encoding"));
  const auto tag = tag_of(*file, form);
  const bool hashed = file->path.starts_with(kHashedFolder);
  Response out;
  out.headers = {{"ETag", tag},
                 {"Vary", "Accept-Encoding"},
                 {"Cache-Control", hashed ? "public, max-age=31536000, immutable" : "no-cache"}};
  if (request.header("if-none-match").find(tag) != std::string_view::npos) {
    out.status = 304;
    return out;
  }
  out.headers.emplace_back("Content-Type", file->type);
  if (!form.encoding.empty()) out.headers.emplace_back("Content-Encoding", form.encoding);
  out.body = form.bytes;
  return out;
}

}  // namespace argos
