// SPDX-License-Identifier: Apache-2.0
#include "controllers/secrets.hpp"

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

namespace argos {
namespace {

const Actor kSecrets{"secrets", ""};

}  // namespace

Task<Result<Next>> SecretsKeeper::reconcile(const Key&) {
  const auto trusted = store_.read([this](Database& database) { return secrets_.trusted(database); });
  if (!trusted) co_return trusted.error();
  if (!secrets_.ring().can_seal()) co_return Next::on_change();
  int sealed = 0;
  const auto written = store_.write(kSecrets, [&](Database& database) -> Result<> {
    const auto done = seal_some_anew(database);
    if (!done) return done.error();
    sealed = *done;
    return {};
  });
  if (!written) co_return written.error();
  if (sealed == 0) co_return Next::on_change();
  spdlog::info("secrets: {} values are now sealed under the current master key", sealed);
  co_return Next::in({});
}

// How many were; 0: none is left that could be.
Result<int> SecretsKeeper::seal_some_anew(Database& database) const {
  const auto rows = database.query("SELECT place, seq, kind, subject, field, envelope FROM sealed");
  if (!rows) return rows.error();
  int sealed = 0;
  for (const auto& row : *rows) {
    if (sealed == kBatch) break;
    const std::string_view envelope = row.at("envelope").as_string();
    if (key_id_of(envelope) == secrets_.ring().current_id()) continue;
    const SecretName name{row.at("kind").as_string(), row.at("subject").as_string(), row.at("field").as_string()};
    const auto opened = secrets_.open(name, envelope);
    if (!opened) continue;
    const auto anew = secrets_.ring().seal(name, opened->text());
    if (!anew) return anew.error();
    const auto written =
        database.run("UPDATE sealed SET envelope = ? WHERE place = ? AND seq = ? AND subject = ? AND field = ?",
                     {boost::json::value(*anew), row.at("place"), row.at("seq"), row.at("subject"), row.at("field")});
    if (!written) return written.error();
    ++sealed;
  }
  return sealed;
}

}  // namespace argos
