// SPDX-License-Identifier: Apache-2.0
#include "runtime/condition_times.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

namespace argos {
namespace {

constexpr auto kGather = std::chrono::milliseconds(500);

Status status_from(std::string_view text) {
  if (text == to_string(Status::yes)) return Status::yes;
  return text == to_string(Status::no) ? Status::no : Status::unknown;
}

}  // namespace

ConditionTimes::ConditionTimes(Store& store, Conditions& conditions) : store_(store), conditions_(conditions) {
  store_.watch(Kind::controller, [this](const Key&, std::string_view) { recall(); });
  conditions_.listen([this](const Key& key, const Condition& condition) { moved_.emplace(key, condition.type); });
  conditions_.listen_dropped([this](const Key& key, std::string_view type) { moved_.emplace(key, type); });
  conditions_.listen_forgotten([this](const Key& key) { forgotten_.insert(key); });
}

void ConditionTimes::recall() {
  const auto read = store_.read([this](Database& database) -> Result<> {
    const auto rows = database.query("SELECT kind, name, type, status, since FROM condition_times");
    if (!rows) return rows.error();
    for (const auto& row : *rows) {
      const bool archive = row.at("kind").as_string() == names_of(Kind::backup).table;
      const auto kind = archive ? std::optional(Kind::backup) : kind_from(row.at("kind").as_string());
      if (!kind) continue;
      const auto since = from_milliseconds(row.at("since").as_int64());
      conditions_.recall({*kind, std::string(row.at("name").as_string())}, row.at("type").as_string(),
                         status_from(row.at("status").as_string()), since);
    }
    return {};
  });
  if (!read) spdlog::warn("cannot read when conditions last moved: {}", read.error().message);
}

void ConditionTimes::flush() {
  if ((moved_.empty() && forgotten_.empty()) || store_.not_ready()) return;
  const auto written = store_.write([this](Database& database) -> Result<> {
    for (const auto& key : forgotten_) {
      auto done =
          database.run("DELETE FROM condition_times WHERE kind = ? AND name = ?", cells(names_of(key.kind).table, key.name));
      if (!done) return done;
    }
    for (const auto& [key, type] : moved_) {
      const auto* const condition = conditions_.find(key, type);
      auto done = condition == nullptr
                      ? database.run("DELETE FROM condition_times WHERE kind = ? AND name = ? AND type = ?",
                                     cells(names_of(key.kind).table, key.name, type))
                      : database.run("REPLACE INTO condition_times VALUES (?, ?, ?, ?, ?)",
                                     cells(names_of(key.kind).table, key.name, type, to_string(condition->status),
                                           to_milliseconds(condition->last_transition)));
      if (!done) return done;
    }
    return {};
  });
  if (!written) return;  // busy or full: the next round writes it
  moved_.clear();
  forgotten_.clear();
}

Task<void> ConditionTimes::run(Sink) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  for (;;) {
    timer.expires_after(kGather);
    co_await timer.async_wait(boost::asio::use_awaitable);
    flush();
  }
}

}  // namespace argos
