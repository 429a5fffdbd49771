// SPDX-License-Identifier: Apache-2.0
#include "panel/dispatch.hpp"

#include <charconv>

#include "model/archive_metadata.hpp"
#include "model/network.hpp"
#include "panel/admission.hpp"
#include "panel/cross_site.hpp"
#include "panel/security_headers.hpp"
#include "panel/upload.hpp"
#include "panel/web_files.hpp"

namespace argos {
namespace {

// What the proxies that are trusted tell of the client; what anybody else tells is nothing.
void see_through_proxies(std::span<const Network> trusted, Request& request) {
  if (request.peer.on_socket() || !is_trusted(request.peer.address, trusted)) return;
  const auto protocol = request.header("x-forwarded-proto");
  request.tls = protocol.substr(protocol.rfind(',') + 1).ends_with("https");
  request.peer.address = client_address(request.peer.address, request.header("x-forwarded-for"), trusted);
}

Response finished(const Request& request, Response response) {
  if (request.tls) response.headers.emplace_back(kStrictTransport);
  return response;
}

Task<std::optional<Problem>> why_not(PanelContext& context, std::span<const Route> table, Request& head, const Found& found) {
  if (found.route == nullptr) co_return no_route(table, head, found);
  if (head.peer.on_socket()) co_return std::nullopt;
  if (auto problem = why_cross_site(head)) co_return problem;
  co_return co_await admit(context, head, *found.route);
}

std::optional<std::uint64_t> content_length(const Request& head) {
  const auto text = head.header("content-length");
  std::uint64_t bytes = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), bytes);
  if (text.empty() || read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  return bytes;
}

// Where the body is to go, made ready before any of it is read.
Task<std::optional<Problem>> expect_archive(PanelContext& context, Request& head, std::string name) {
  const auto bytes = content_length(head);
  if (!bytes)
    co_return Problem{411, "LengthRequired", "an archive's length must be known before it is sent", "send Content-Length", {},
                      {}};
  if (*bytes > context.config.max_upload)
    co_return Problem{
        413,
        "TooLarge",
        "an archive may have " + std::to_string(context.config.max_upload) + " bytes at the most, by ARGOS_MAX_UPLOAD",
        "copy it into the folder of archives instead: argos takes in what appears there",
        {},
        {}};
  if (!is_archive_name(name))
    co_return invalid({{"name", "Invalid", "this is no name for an archive",
                        "one that ends in " + std::string(kArchiveSuffix) + ", as argos-backup-20261127-020000.tar.gz"}});
  auto upload = std::make_shared<Upload>(context.workers, context.config.backup_dir);
  const auto begun = co_await upload->begin(std::move(name), *bytes);
  if (!begun) co_return problem_of(begun.error());
  head.upload = std::move(upload);
  co_return std::nullopt;
}

Task<Admission> judge(PanelContext& context, std::span<const Route> table, Request& head) {
  see_through_proxies(context.trusted_proxies.networks(), head);
  const auto found = find_route(table, head);
  if (found.route == nullptr) {
    if (auto page = web_answer(head)) co_return Admission{finished(head, std::move(*page)), 0};
  }
  auto problem = co_await why_not(context, table, head, found);
  const bool archive = !problem && found.route->intake == Intake::archive;
  if (archive) problem = co_await expect_archive(context, head, found.match.name);
  if (problem) co_return Admission{finished(head, to_response(*problem)), 0};
  co_return Admission{std::nullopt, archive ? context.config.max_upload : found.route->body_bytes};
}

Task<Response> dispatch(PanelContext& context, std::span<const Route> table, Request request) {
  const auto found = find_route(table, request);
  if (found.route == nullptr) co_return finished(request, to_response(no_route(table, request, found)));
  auto answer = co_await found.route->handler(context, request, found.match);
  co_return finished(request, answer ? std::move(*answer) : to_response(answer.error()));
}

}  // namespace

Gate make_gate(PanelContext& context, std::span<const Route> table) {
  return [&context, table](Request& head) { return judge(context, table, head); };
}

Handler make_handler(PanelContext& context, std::span<const Route> table) {
  return [&context, table](Request request) { return dispatch(context, table, std::move(request)); };
}

}  // namespace argos
