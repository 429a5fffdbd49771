// SPDX-License-Identifier: Apache-2.0
#include "panel/dispatch.hpp"

#include "model/network.hpp"
#include "panel/admission.hpp"
#include "panel/cross_site.hpp"
#include "panel/security_headers.hpp"
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

Task<Admission> judge(PanelContext& context, std::span<const Route> table, Request& head) {
  see_through_proxies(context.trusted_proxies.networks(), head);
  const auto found = find_route(table, head);
  if (found.route == nullptr) {
    if (auto page = web_answer(head)) co_return Admission{finished(head, std::move(*page)), 0};
  }
  const auto problem = co_await why_not(context, table, head, found);
  if (problem) co_return Admission{finished(head, to_response(*problem)), 0};
  co_return Admission{std::nullopt, found.route->body_bytes};
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
