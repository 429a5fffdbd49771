// SPDX-License-Identifier: Apache-2.0
// What the certificates controller decides, as functions of what is wanted and what was found: no I/O, no clock.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "controllers/certificate_folder.hpp"
#include "model/caddy_claims.hpp"
#include "model/condition.hpp"
#include "model/object.hpp"
#include "model/x509.hpp"
#include "runtime/findings.hpp"

namespace argos {

// A pair that lies in the folder, as table certificate_files has it.
struct PairRecord {
  std::string certificate, pair, host;
  std::uint64_t generation = 0;  // of the row that it was made of
  std::vector<std::string> names;
  std::string crt_sha256, key_sha256;
  std::int64_t since = 0;  // negative: its files are being put right
  std::string stem() const { return host + "." + pair; }
  bool operator==(const PairRecord&) const = default;
};

// What a certificate's row amounts to, whatever lies in the folder.
struct Judged {
  std::uint64_t generation = 0;
  std::string host;
  std::optional<Error> not_accepted, not_decryptable;
  CertificateFacts facts;
  PairRecord pair;  // what is to lie there; without a pair where it is not sound
  bool sound() const { return !pair.pair.empty(); }
};
using AllJudged = std::map<std::string, Judged>;  // by the certificate's name

// One file that is not as it was written.
struct Flaw {
  enum class What { missing, content, access };
  std::string file, certificate;
  What what;
  std::string wanted, found;  // JSON, for a finding
};

struct FolderState {
  AllJudged judged;
  std::vector<PairRecord> records;
  HeldFiles files;
  FileOwner owner;
  std::set<std::string> suspended;             // certificates
  std::map<std::string, std::string> serving;  // host -> the certificate that it shows
  std::set<std::string> kept_by_caddy;         // "<host>.<pair>" of what is broken, and shown from memory as far as is known
};

std::string json_text(std::string_view text);  // as findings have it

// Of every pair on record, and of the links.
std::vector<Flaw> flaws_of(const FolderState& state);

struct FolderPlan {
  std::set<std::string> write;        // certificates whose pair is to be written
  std::vector<std::string> access;    // files whose mode and group are to be set
  std::vector<PairRecord> forget;     // that cannot be made whole again: Caddy must not be told of them
  std::vector<PairRecord> held;       // likewise; but Caddy still shows them, and would show their hosts nothing else
  std::vector<PairRecord> note;       // whose files are right, and whose row says otherwise
  std::map<std::string, std::string> links;  // to make or to turn
  std::vector<std::string> unneeded;  // argos' own files that nothing on record or about to be is made of
  std::vector<PairRecord> former;     // of a certificate's earlier row, or of one that is gone
  std::vector<std::string> foreign;   // that argos does not make; they are left alone
  std::map<std::string, FindingAction> flawed;  // file -> what is done about it
};
// `left`: flawed files that stay as they are for now.
FolderPlan plan(const FolderState& state, const std::vector<Flaw>& flaws, const std::set<std::string>& left);

// Its conditions, save Programmed, which is Caddy's to say. `host`: of that name; `on_disk`: the newest record.
struct CertificateSight {
  const Judged* judged = nullptr;
  bool suspended = false;
  const Claim* host = nullptr;            // none: there is none
  const PairRecord* on_disk = nullptr;    // none: nothing lies there
  std::string serving;                    // the certificate that the host shows, or would
  std::optional<Error> trouble;           // why its files are not as they should be
};
std::vector<Condition> conditions_of(const std::string& certificate, const CertificateSight& sight, WallTime now);

}  // namespace argos
