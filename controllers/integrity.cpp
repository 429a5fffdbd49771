// SPDX-License-Identifier: Apache-2.0
#include "controllers/integrity.hpp"

#include <algorithm>

#include <boost/json.hpp>
#include <spdlog/spdlog.h>

#include "model/checksums.hpp"
#include "model/text.hpp"

namespace argos {
namespace {

constexpr std::size_t kLongestPath = 200;
const Key kSelf{Kind::controller, "integrity"};

bool holds(const std::vector<FileDifference>& all, const FileDifference& one) {
  return std::ranges::find(all, one) != all.end();
}

std::string json_text(boost::json::value value) { return boost::json::serialize(value); }

Finding finding_of(const FileDifference& difference) {
  boost::json::object found{{"change", enum_text(difference.change)}};
  if (!difference.why.empty()) found["why"] = difference.why;
  if (difference.found) {
    const auto state = to_json(*difference.found);
    for (const auto& field : state.as_object()) found.insert(field);
  }
  return {name_text(difference.path), std::nullopt, difference.wanted ? json_text(to_json(*difference.wanted)) : "",
          json_text(std::move(found))};
}

std::vector<Finding> findings_of(const std::vector<FileDifference>& all) {
  std::vector<Finding> out;
  for (const auto& one : all) {
    if (out.size() == Integrity::kMostFindings) break;
    out.push_back(finding_of(one));
  }
  if (all.size() > out.size()) {
    const auto more = all.size() - out.size();
    out.push_back({"", std::nullopt, "", json_text({{"more", more}, {"see", "argos integrity verify"}})});
  }
  return out;
}

Condition intact(Status status, std::string reason, std::string message) {
  return {"Intact", status, std::move(reason), std::move(message), 0, {}};
}

}  // namespace

Integrity::Integrity(Store& store, Conditions& conditions, Reports& reports, const Clock& clock, std::string certs)
    : store_(store),
      conditions_(conditions),
      reports_(reports),
      clock_(clock),
      certs_(std::move(certs)),
      findings_(store, clock, "integrity") {}

Task<Result<Next>> Integrity::reconcile(const Key&) {
  const auto now = clock_.now();
  if (now < rest_until_) co_return Next::in(rest_until_ - now);
  if (reading_) co_return co_await read_on();
  co_return co_await begin();
}

Task<Result<Next>> Integrity::begin() {
  auto job = [question = LookQuestion{store_.path(), certs_, known_, clock_.wall(), kReread}] {
    step_back();
    return look(question);
  };
  auto answer = co_await quiet_.run(std::move(job));
  if (!answer) co_return answer.error();
  if (answer->unread.empty()) co_return conclude(*answer);
  reading_ = std::make_shared<Reading>(std::move(answer->unread));
  say_reading();
  co_return Next::in({});
}

Task<Result<Next>> Integrity::read_on() {
  const auto begun = clock_.now();
  auto job = [reading = reading_, now = clock_.wall()] {
    step_back();
    return reading->read(kPiece, kFilesAPiece, now);
  };
  auto piece = co_await quiet_.run(std::move(job));
  const auto spent = std::chrono::duration<double>(static_cast<double>(piece.bytes) / static_cast<double>(kBytesASecond));
  rest_until_ = begun + std::max<Span>(kRest, std::chrono::duration_cast<Span>(spent));
  if (reading_->is_done()) reading_.reset();
  if (reading_) say_reading();
  if (auto taken = take(std::move(piece)); !taken) co_return taken.error();
  co_return Next::in(rest_until_ - begun);
}

Result<> Integrity::take(Reading::Piece piece) {
  auto written = store_.write([&](Database& database) { return remember(database, piece.done); });
  for (auto& [path, file] : piece.done) known_.done.insert_or_assign(path, std::move(file));
  known_.troubles.merge(piece.troubles);
  for (const auto& path : piece.moved) {
    if (++moved_[path] == kTries) known_.troubles.emplace(path, "it changes again and again while it is read");
  }
  return written;
}

// A difference that is new is looked at once more.
Next Integrity::conclude(const LookAnswer& answer) {
  known_ = {};
  moved_.clear();
  const auto known = [&](const FileDifference& one) { return holds(noted_, one) || (suspects_ && holds(suspected_, one)); };
  const bool all_known = std::ranges::all_of(answer.differences, known);
  if (!all_known && !suspects_) {
    suspects_ = true;
    suspected_ = answer.differences;
    rest_until_ = clock_.now() + kSettle;
    return Next::in(kSettle);
  }
  std::vector<FileDifference> confirmed;
  std::ranges::copy_if(answer.differences, std::back_inserter(confirmed), known);
  suspects_ = false;
  noted_ = std::move(confirmed);
  return note(answer);
}

Next Integrity::note(const LookAnswer& answer) {
  findings_.note(findings_of(noted_), FindingAction::reported);
  if (!answer.gone.empty()) {
    const auto forgotten = store_.write([&](Database& database) { return forget_read(database, answer.gone); });
    if (!forgotten) spdlog::warn("integrity: what is gone could not be forgotten: {}", forgotten.error().text());
  }
  say(answer, noted_);
  return noted_.size() == answer.differences.size() ? Next::on_change() : Next::in(kSettle);
}

void Integrity::say_reading() {
  const auto left = reading_->bytes();
  if (const auto* const before = conditions_.find(kSelf, "Intact"); before == nullptr || before->status == Status::unknown) {
    conditions_.set(kSelf, intact(Status::unknown, "Reading",
                                  fmt::format("{} files, {} bytes, are still to be read", reading_->files(), left)));
  }
  const auto* const report = reports_.find("integrity");
  auto next = report == nullptr ? boost::json::object{} : report->as_object();
  next["reading"] = boost::json::object{{"files", reading_->files()}, {"bytes", left}};
  reports_.publish("integrity", std::move(next));
}

void Integrity::say(const LookAnswer& answer, const std::vector<FileDifference>& differences) {
  boost::json::array places;
  for (const auto& place : answer.places) places.emplace_back(name_text(place));
  reports_.publish("integrity", boost::json::object{{"places", std::move(places)},
                                                    {"files", answer.files},
                                                    {"bytes", answer.bytes},
                                                    {"differences", differences.size()},
                                                    {"checked", to_rfc3339(clock_.wall())},
                                                    {"reading", nullptr}});
  if (differences.empty()) {
    conditions_.set(kSelf, intact(Status::yes, "AsExpected", fmt::format("{} files are as they should be", answer.files)));
    return;
  }
  const auto& first = differences.front();
  conditions_.set(kSelf, intact(Status::no, "FilesDiffer",
                                fmt::format("{} files are not what they should be, the first: {}: {} (see `argos drift` and "
                                            "`argos integrity verify`)",
                                            differences.size(), shown(first.path, kLongestPath), enum_text(first.change))));
}

}  // namespace argos
