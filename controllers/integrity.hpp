// SPDX-License-Identifier: Apache-2.0
// integrity: finds files that are no longer what they were when an operator took a baseline, or when argos wrote them.
//
// Watches the folder of certificates, baselines and time. Reads the tables of step 005 and every file below the places of baselines and
// in the folder of certificates; writes what it read into `integrity_read`, and findings of the surface "integrity". It changes no file.
// Sets Intact on itself and publishes the report "integrity"; a file in trouble never touches its Ready.
//
// A pass begins with a look at what the file system says; only files of which that has moved are read, and every file once in
// kReread, since a disk may rot without saying so. Reading goes piece by piece, each a step of its own that ends in time, on one thread
// that steps back for everybody else, at most kBytesASecond. What was read is remembered with each piece: a pass that was cut off, by
// whatever, goes on where it was. A difference counts once it has been seen twice, kSettle apart: files that argos is just writing are
// on disk before they are in the tables.
#pragma once

#include <memory>

#include "controllers/integrity_look.hpp"
#include "runtime/conditions.hpp"
#include "runtime/findings.hpp"
#include "runtime/reconciler.hpp"
#include "runtime/reports.hpp"
#include "runtime/store.hpp"
#include "runtime/workers.hpp"

namespace argos {

class Integrity final : public Reconciler {
 public:
  static constexpr std::uint64_t kBytesASecond = 32U << 20U;
  static constexpr std::uint64_t kPiece = 8U << 20U;
  static constexpr std::size_t kFilesAPiece = 500;
  static constexpr Span kRest = std::chrono::milliseconds(50);  // after a piece, at the least
  static constexpr Span kSettle = std::chrono::seconds(2);
  static constexpr std::chrono::hours kReread{7 * 24};
  static constexpr int kTries = 3;  // of a file that changes while it is read
  static constexpr std::size_t kMostFindings = 100;

  Integrity(Store& store, Conditions& conditions, Reports& reports, const Clock& clock, std::string certs);
  std::string_view name() const override { return "integrity"; }
  Task<Result<Next>> reconcile(const Key& key) override;

 private:
  Task<Result<Next>> begin();
  Task<Result<Next>> read_on();
  Result<> take(Reading::Piece piece);
  Next conclude(const LookAnswer& answer);
  Next note(const LookAnswer& answer);
  void say_reading();
  void say(const LookAnswer& answer, const std::vector<FileDifference>& differences);

  // Constant after construction
  Store& store_;
  Conditions& conditions_;
  Reports& reports_;
  const Clock& clock_;
  std::string certs_;
  // Loop thread only
  Findings findings_;
  ReadSoFar known_;  // in this pass
  ByPath<int> moved_;  // in this pass, how often
  std::shared_ptr<Reading> reading_;  // shared with the job in hand
  Time rest_until_{};
  std::vector<FileDifference> suspected_, noted_;
  bool suspects_ = false;
  Workers quiet_{1};
};

}  // namespace argos
