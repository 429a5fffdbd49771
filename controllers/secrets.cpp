// SPDX-License-Identifier: Apache-2.0
#include "controllers/secrets.hpp"

#include <algorithm>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

namespace argos {
namespace asio = boost::asio;

Task<Result<Next>> SecretsKeeper::reconcile(const Key&) {
  auto job = [path = store_.path(), secrets = secrets_] { return look(path, secrets); };
  auto seen = co_await workers_.run(std::move(job));
  if (!seen) co_return seen.error();
  if (!seen->anew.empty()) {
    if (auto written = co_await write(std::move(seen->anew)); !written) co_return written.error();
    co_return Next::in({});  // more may be left
  }
  say(seen->found);
  if (!seen->found.trusted) co_return seen->found.trusted.error();
  co_return Next::on_change();
}

Result<SecretsKeeper::Look> SecretsKeeper::look(const std::string& database, const Secrets& secrets) {
  auto found = look_at_keys(database, secrets);
  if (!found) return found.error();
  Look out{std::move(*found), {}};
  const auto& ring = secrets.ring();
  if (!ring.can_seal()) return out;
  for (const auto& value : out.found.sealed.former) {
    if (out.anew.size() == kMostAtOnce) break;
    auto envelope = seal_anew(value, ring);
    if (!envelope) return envelope.error();
    out.anew.push_back({value, std::move(*envelope)});
  }
  return out;
}

// Whoever else waits for the loop has his turn after each transaction.
Task<Result<>> SecretsKeeper::write(std::vector<Anew> anew) {
  const Actor secrets{std::string(name()), ""};
  for (std::size_t at = 0; at < anew.size(); at += kBatch) {
    const auto batch = std::span(anew).subspan(at, std::min(kBatch, anew.size() - at));
    auto written = store_.write(secrets, [batch](Database& database) -> Result<> {
      for (const auto& [value, envelope] : batch) {
        if (auto done = replace_sealed(database, value, envelope); !done) return done;
      }
      return {};
    });
    if (!written) co_return written;
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
  }
  spdlog::info("secrets: {} sealed anew under the current master key", anew.size());
  co_return Result<>{};
}

void SecretsKeeper::say(const KeyFindings& found) {
  const auto verdict = judge(found, secrets_.ring());
  const auto text = verdict.hint.empty() ? verdict.message : verdict.message + " (" + verdict.hint + ")";
  conditions_.set({Kind::controller, std::string(name())}, {"Sealed", verdict.status, verdict.reason, text, 0, {}});
}

}  // namespace argos
