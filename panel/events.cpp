// SPDX-License-Identifier: Apache-2.0
#include "panel/events.hpp"

#include <array>
#include <charconv>
#include <deque>
#include <list>
#include <random>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json.hpp>
#include <spdlog/fmt/fmt.h>

#include "runtime/feed_place.hpp"

namespace argos {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t kPart = 32U << 10U;  // bytes written at once
constexpr std::int64_t kReplayed =
    1'000;  // changes that a reader who comes back is told of; beyond that it reads everything anew

// Where a reader is: the database's line of history and the feed's seq, which outlive this argos; the run and the event, which do not.
struct Place {
  std::string epoch;
  std::int64_t seq = 0;
  std::string run;
  std::uint64_t event = 0;
};

std::string to_text(const Place& place) { return fmt::format("{}.{}.{}.{}", place.epoch, place.seq, place.run, place.event); }

template <class T>
bool read_number(std::string_view text, T& into) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), into);
  return failed == std::errc() && end == text.data() + text.size();
}

std::optional<Place> parse_place(std::string_view text) {
  std::array<std::string_view, 4> parts;
  for (std::size_t at = 0; at < parts.size(); ++at) {
    const auto dot = std::min(text.find('.'), text.size());
    parts.at(at) = text.substr(0, dot);
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
  Place out{std::string(parts[0]), 0, std::string(parts[2]), 0};
  if (!text.empty() || !read_number(parts[1], out.seq) || !read_number(parts[3], out.event)) return std::nullopt;
  return out;
}

std::string random_run() { return fmt::format("{:08x}", std::random_device{}()); }

boost::json::object identity(const Key& key) { return {{"kind", names_of(key.kind).manifest}, {"name", key.name}}; }

boost::json::object change_of(const Row& row) {
  const auto kind = kind_from(row.at("kind").as_string());
  auto out = identity({*kind, std::string(row.at("name").as_string())});
  out["what"] = row.at("what");
  out["revision"] = row.at("seq");
  return out;
}

bool is_object(const Row& row) {
  const auto kind = kind_from(row.at("kind").as_string());
  if (!kind) return false;
  for (const auto& names : desired_kinds()) {
    if (names.kind == *kind) return true;
  }
  return false;
}

}  // namespace

struct EventBoard {
  EventBoard(Store& of, Conditions& said, EventLimits within)
      : store(of), conditions(said), limits(within), run(random_run()) {}

  void add(std::string_view type, const boost::json::object& data);
  void accounts_moved();
  void read_feed();
  void begin_anew();
  std::string text_of(std::string_view type, const boost::json::object& data, const Place& at) const;
  Place place() const { return {epoch, seq, run, first + kept.size()}; }
  std::string hello(const std::string& last_id, std::uint64_t& next);
  std::optional<std::string> replay(const Place& since);
  std::string all_conditions() const;

  // Constant after construction
  Store& store;
  Conditions& conditions;
  EventLimits limits;
  std::string run;
  // Loop thread only
  std::string epoch;
  std::int64_t seq = 0;
  std::uint64_t first = 0;  // the number of the oldest that is kept
  std::deque<std::string> kept;
  std::list<asio::steady_timer*> waiting;
  std::size_t readers = 0;
  std::uint64_t accounts = 0;  // moves whenever an account, a session or a token does
};

namespace {

// A timer of somebody's own among those that an event ends.
struct Waiting {
  Waiting(EventBoard& at, asio::steady_timer& timer) : board(at) { place = board.waiting.insert(board.waiting.end(), &timer); }
  ~Waiting() { board.waiting.erase(place); }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

  EventBoard& board;
  std::list<asio::steady_timer*>::iterator place;
};

struct Counted {
  explicit Counted(std::size_t& of) : count(of) { ++count; }
  ~Counted() { --count; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

  std::size_t& count;
};

}  // namespace

std::string EventBoard::text_of(std::string_view type, const boost::json::object& data, const Place& at) const {
  return fmt::format("id: {}\nevent: {}\ndata: {}\n\n", to_text(at), type, boost::json::serialize(data));
}

void EventBoard::add(std::string_view type, const boost::json::object& data) {
  auto at = place();
  ++at.event;  // whoever has seen it goes on behind it
  kept.push_back(text_of(type, data, at));
  if (kept.size() > limits.kept) {
    kept.pop_front();
    ++first;
  }
  for (auto* const timer : waiting) timer->cancel();
}

void EventBoard::accounts_moved() {
  ++accounts;
  for (auto* const timer : waiting) timer->cancel();
}

void EventBoard::read_feed() {
  if (store.told_up_to() <= seq) return;
  const auto read = store.read([&](Database& database) -> Result<> {
    auto rows = database.query("SELECT seq, kind, name, what FROM changes WHERE seq > ? ORDER BY seq", cells(seq));
    if (!rows) return rows.error();
    for (const auto& row : *rows) {
      seq = row.at("seq").as_int64();
      if (is_object(row)) add("object", change_of(row));
    }
    return {};
  });
  if (!read) add("reset", {{"why", read.error().reason}});
}

// Another database may be there now, or another line of history.
void EventBoard::begin_anew() {
  const auto now = feed_place(store);
  if (!now || FeedPlace{epoch, seq} == *now) return;
  const bool first_time = epoch.empty();
  epoch = now->epoch;
  seq = now->seq;
  if (!first_time) add("reset", {{"why", "DatabaseReplaced"}});
}

std::string EventBoard::all_conditions() const {
  std::string out;
  const auto tell = [&](Kind kind) {
    for (const auto& key : conditions.keys(kind)) {
      for (const auto& condition : conditions.of(key)) {
        auto data = identity(key);
        data["condition"] = to_json(condition);
        out += text_of("condition", data, place());
      }
    }
  };
  for (const auto& names : desired_kinds()) tell(names.kind);
  tell(Kind::backup);
  tell(Kind::controller);
  return out;
}

// The changes since then, from the feed, and all conditions; none where the feed does not tell all of it.
std::optional<std::string> EventBoard::replay(const Place& since) {
  if (epoch.empty() || since.epoch != epoch || since.seq > seq || seq - since.seq > kReplayed) return std::nullopt;
  std::string out;
  std::int64_t told = 0;
  const auto read = store.read([&](Database& database) -> Result<> {
    auto rows = database.query("SELECT seq, kind, name, what FROM changes WHERE seq > ? AND seq <= ? ORDER BY seq",
                               cells(since.seq, seq));
    if (!rows) return rows.error();
    told = static_cast<std::int64_t>(rows->size());
    auto at = place();
    for (const auto& row : *rows) {
      at.seq = row.at("seq").as_int64();
      at.run.clear();  // a part of it, told again, is no place among this run's events
      if (is_object(row)) out += text_of("object", change_of(row), at);
    }
    return {};
  });
  if (!read || told != seq - since.seq) return std::nullopt;
  return out + all_conditions();
}

// What a reader is told first; `next` is the number of the event that comes after it.
std::string EventBoard::hello(const std::string& last_id, std::uint64_t& next) {
  read_feed();
  next = first + kept.size();
  const auto ready = text_of("ready", {{"epoch", epoch}, {"revision", seq}}, place());
  if (last_id.empty()) return ready;
  const auto since = parse_place(last_id);
  const bool mine = since && since->run == run && since->epoch == epoch;
  if (mine && since->event >= first && since->event <= next) {
    next = since->event;
    return fmt::format(": goes on behind {}\n\n", last_id);
  }
  if (since) {
    if (auto told = replay(*since)) return *told + ready;
  }
  return text_of("reset", {{"why", "TooLongAgo"}}, place()) + ready;
}

Events::Events(Store& store, Conditions& conditions, EventLimits limits)
    : board_(std::make_shared<EventBoard>(store, conditions, limits)) {
  const auto moved = [board = board_.get()](const Key& key, std::string_view) {
    if (key.name.empty()) board->begin_anew();
    board->read_feed();
  };
  for (const auto& names : desired_kinds()) store.watch(names.kind, moved);
  store.watch(Kind::user, [board = board_.get()](const Key&, std::string_view) { board->accounts_moved(); });
  conditions.listen_said([board = board_.get()](const Key& key, const Condition& condition) {
    auto data = identity(key);
    data["condition"] = to_json(condition);
    board->add("condition", data);
  });
  conditions.listen_dropped([board = board_.get()](const Key& key, std::string_view type) {
    auto data = identity(key);
    data["type"] = type;
    board->add("dropped", data);
  });
  if (!store.not_ready()) board_->begin_anew();
}

std::size_t Events::readers() const { return board_->readers; }

bool Events::full() const { return board_->readers >= board_->limits.readers; }

Task<> Events::next(std::shared_ptr<EventBoard> board, std::chrono::steady_clock::time_point deadline) {
  asio::steady_timer timer(co_await asio::this_coro::executor, deadline);
  const Waiting here(*board, timer);
  error_code woken;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
}

Task<> Events::tell(std::shared_ptr<EventBoard> board, Outlet& outlet, std::string last_id, StillMay still_may) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  const Waiting here(*board, timer);
  const Counted counted(board->readers);
  std::uint64_t next = 0;
  std::uint64_t accounts = board->accounts;
  std::string part = board->hello(last_id, next);
  while (co_await outlet.write(part)) {
    part.clear();
    if (accounts != board->accounts && still_may && !still_may()) co_return;
    accounts = board->accounts;
    if (next < board->first) co_return;  // too slow: what comes next is not kept any more
    for (; next < board->first + board->kept.size() && part.size() < kPart; ++next) part += board->kept[next - board->first];
    if (!part.empty()) continue;
    std::string().swap(part);
    error_code woken;
    timer.expires_after(board->limits.heartbeat);
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    if (!woken) part = ": still here\n\n";
    if (!woken && still_may && !still_may()) co_return;  // sessions also end by themselves
    const bool by_an_event = next != board->first + board->kept.size() || accounts != board->accounts;
    if (woken && !by_an_event) co_return;  // cancelled
  }
}

}  // namespace argos
