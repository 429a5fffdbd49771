// SPDX-License-Identifier: Apache-2.0
// secrets: what lies sealed -> all of it under the current master key.
//
// Watches time, and what holds secrets. Reads the view `sealed` on a worker; writes what a former key of the ring has sealed, sealed anew,
// kBatch envelopes a transaction, as the actor `secrets`, whose writes are no change of what is wanted. The same envelope in a row and in
// its history stays the same. What the ring cannot open stays as it is, to the byte. So a rotation takes a new ARGOS_MASTER_KEY and the
// former one in ARGOS_MASTER_KEY_PREVIOUS, whenever and how often argos was killed in it.
//
// Sets Sealed on itself: True when all is under the current key (runtime/key_report.hpp). Not Ready, and stalled, only for
// WrongMasterKey: a mistake that nothing else shows before something is to be sealed, so whoever waits for /readyz after a change of keys
// learns of it. Without any key argos is Ready: that is a way to run it, and each object that needs the key says so itself.
#pragma once

#include "runtime/conditions.hpp"
#include "runtime/key_report.hpp"
#include "runtime/reconciler.hpp"
#include "runtime/secrets.hpp"
#include "runtime/store.hpp"
#include "runtime/workers.hpp"

namespace argos {

class SecretsKeeper final : public Reconciler {
 public:
  static constexpr std::size_t kBatch = 20;  // envelopes a transaction
  static constexpr std::size_t kMostAtOnce = 400;  // envelopes a look

  SecretsKeeper(Store& store, Workers& workers, Conditions& conditions, const Secrets& secrets)
      : store_(store), workers_(workers), conditions_(conditions), secrets_(secrets) {}
  std::string_view name() const override { return "secrets"; }
  Task<Result<Next>> reconcile(const Key& key) override;

 private:
  struct Anew {
    SealedValue value;
    std::string envelope;
  };
  struct Look {
    KeyFindings found;
    std::vector<Anew> anew;
  };
  static Result<Look> look(const std::string& database, const Secrets& secrets);
  Task<Result<>> write(std::vector<Anew> anew);
  void say(const KeyFindings& found);

  Store& store_;
  Workers& workers_;
  Conditions& conditions_;
  const Secrets& secrets_;
};

}  // namespace argos
