// SPDX-License-Identifier: Apache-2.0
// secrets: what lies sealed -> all of it under the current master key.
//
// Watches certificates and time. Reads the view `sealed`; writes what the ring opens and another key has sealed, at most kBatch values a
// transaction, as the actor `secrets`, whose writes are no change. What it cannot open stays as it is to the byte. So a new key in
// ARGOS_MASTER_KEY and the former one in ARGOS_MASTER_KEY_PREVIOUS is all that a rotation takes, whenever argos was killed in it.
//
// Ready=False reason=WrongMasterKey, stalled, where values lie sealed and no configured key opens any: most likely a typo. Nothing is
// sealed then until `argos key accept`.
#pragma once

#include "runtime/reconciler.hpp"
#include "runtime/secrets.hpp"
#include "runtime/store.hpp"

namespace argos {

class SecretsKeeper final : public Reconciler {
 public:
  static constexpr int kBatch = 50;

  SecretsKeeper(Store& store, const Secrets& secrets) : store_(store), secrets_(secrets) {}
  std::string_view name() const override { return "secrets"; }
  Task<Result<Next>> reconcile(const Key& key) override;

 private:
  Result<int> seal_some_anew(Database& database) const;

  Store& store_;
  const Secrets& secrets_;
};

}  // namespace argos
