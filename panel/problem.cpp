// SPDX-License-Identifier: Apache-2.0
#include "panel/problem.hpp"

#include <array>
#include <stdexcept>

#include <boost/json.hpp>

namespace argos {
namespace {

struct StatusPhrase {
  int status;
  std::string_view phrase;
};
constexpr std::array<StatusPhrase, 16> kPhrases{{
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {409, "Conflict"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {503, "Service Unavailable"},
    {507, "Insufficient Storage"},
}};

// What the store says, in HTTP.
struct ReasonStatus {
  std::string_view reason;
  int status;
};
constexpr std::array<ReasonStatus, 19> kReasons{{
    {"MasterKeyNotConfigured", 409},
    {"WrongMasterKey", 409},
    {"NoSuchUser", 404},
    {"NoSuchToken", 404},
    {"UserExists", 409},
    {"TokenExists", 409},
    {"LastAdmin", 409},
    {"NothingOffered", 409},
    {"WrongCode", 403},
    {"TooManyLogins", 503},
    {"WaitingForDatabase", 503},
    {"DatabaseBusy", 503},
    {"DatabaseReadOnly", 503},
    {"DatabaseCorrupt", 503},
    {"DatabaseMissing", 503},
    {"DatabaseError", 503},
    {"DiskFull", 507},
    {"NoSpace", 507},
    {"AlreadyExists", 409},
}};

}  // namespace

boost::json::array to_json(const FieldErrors& errors) {
  boost::json::array out;
  for (const auto& error : errors) {
    out.push_back({{"path", error.path}, {"reason", error.reason}, {"message", error.message}, {"hint", error.hint}});
  }
  return out;
}

std::string_view status_phrase(int status) {
  for (const auto& known : kPhrases) {
    if (known.status == status) return known.phrase;
  }
  return "Error";
}

Problem problem_of(const Error& error) {
  Problem problem{500, error.reason, error.message, error.hint, {}, {}};
  for (const auto& known : kReasons) {
    if (known.reason == error.reason) problem.status = known.status;
  }
  if (problem.status == 503) problem.headers.emplace_back("Retry-After", "5");
  return problem;
}

Problem invalid(FieldErrors errors) {
  return {422, "Invalid", to_string(errors), "put right what `errors` lists, then send it again", std::move(errors), {}};
}

Response to_response(const Problem& problem, boost::json::object more) {
  boost::json::object body{{"type", "urn:argos:problem:" + problem.reason},
                           {"title", status_phrase(problem.status)},
                           {"status", problem.status},
                           {"detail", problem.detail},
                           {"reason", problem.reason},
                           {"hint", problem.hint},
                           {"errors", to_json(problem.errors)}};
  for (auto& member : more) body[member.key()] = std::move(member.value());
  Response response{problem.status, problem.headers, boost::json::serialize(body) + "\n"};
  response.headers.emplace_back("Content-Type", "application/problem+json");
  return response;
}

void throw_exception_from_error(const Problem& problem, const boost::source_location& where) {
  throw std::logic_error(problem.reason + ": " + problem.detail + " (unchecked answer in " + where.function_name() + ")");
}

}  // namespace argos
