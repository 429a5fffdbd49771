// SPDX-License-Identifier: Apache-2.0
// POST /api/v1/seal: a certificate's private key -> a text that is safe in a manifest.
#include <boost/json.hpp>

#include "model/validate.hpp"
#include "panel/api.hpp"
#include "panel/object_json.hpp"
#include "panel/revision_json.hpp"

namespace argos::api {
namespace {

// As it is sent.
struct SealBody {
  std::string kind, name, key;
};
BOOST_DESCRIBE_STRUCT(SealBody, (), (kind, name, key))

SealBody read_seal(const boost::json::value& sent, FieldErrors& errors) {
  SealBody body;
  from_json_value(sent, "", body, errors);
  if (!errors.empty()) return body;
  if (kind_from(body.kind) != Kind::certificate)
    errors.push_back({"kind", body.kind.empty() ? "Required" : "Unknown", "nothing of it is sealed", "send kind: Certificate"});
  for (const auto& error : validate_name(Kind::certificate, body.name))
    errors.push_back({"name", error.reason, error.message, error.hint});
  return body;
}

}  // namespace

Task<Answer> seal(PanelContext& context, const Request& request, const Match&) {
  const auto sent = read_body(request);
  if (!sent) co_return sent.error();
  FieldErrors errors;
  const auto body = read_seal(*sent, errors);
  auto key = examine_key(body.key, errors);
  if (!errors.empty() || !key) co_return invalid(std::move(errors));
  const Secret plain(std::move(*key));
  std::string sealed;
  const auto done = read_store(context, [&](Database& database) -> Result<> {
    auto made = context.secrets.seal(database, name_of_key(body.name), plain.text());
    if (!made) return made.error();
    sealed = std::move(*made);
    return {};
  });
  if (!done) co_return refusal(done.error());
  co_return json_response(200, boost::json::object{{"sealedKey", sealed}});
}

}  // namespace argos::api
