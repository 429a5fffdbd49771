// SPDX-License-Identifier: Apache-2.0
// CertificatePair: what of a certificate lies on disk, whole; the form of it that Caddy's document is made of.
#pragma once

#include <string>
#include <vector>

#include "model/describe.hpp"
#include "model/kind.hpp"

namespace argos {

struct CertificatePair {
  static constexpr Kind kKind = Kind::certificate;

  std::string host;                // a Host's name
  std::string pair;                // the first 12 hex digits of SHA-256 over both files; empty: nothing is on disk
  std::string chain;               // the same over the certificate's file alone: equal chains, equal names
  std::vector<std::string> names;  // DNS names that the leaf is for

  bool on_disk() const { return !pair.empty(); }
  std::string file(std::string_view ending) const { return host + "." + pair + std::string(ending); }  // ".crt", ".key"
  bool operator==(const CertificatePair&) const = default;
};
BOOST_DESCRIBE_STRUCT(CertificatePair, (), (host, pair, chain, names))

}  // namespace argos
