// SPDX-License-Identifier: Apache-2.0
// Table certificate_files, and what is noted in audit_log of certificates. Called inside Store::read and Store::write.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "controllers/certificates_decide.hpp"
#include "runtime/database.hpp"

namespace argos {

Result<std::vector<PairRecord>> read_records(Database& database);
// The rows of certificates, as they are: to read a PEM takes its time.
Result<Rows> read_certificate_rows(Database& database, const std::set<std::string>& names);

// Their files were written just now.
Result<> put_records(Database& database, const std::vector<PairRecord>& records, WallTime now);
// Its files are about to be put right; whoever has read them is to read them again.
Result<> mark_record(Database& database, const PairRecord& record);
// Its files are right; all the rest of the record may be new. One that was marked counts as written just now.
Result<> note_record(Database& database, const PairRecord& record, WallTime now);
Result<> delete_record(Database& database, const PairRecord& record);

// "<host>.<pair>" of the certificates in what Caddy accepted last, and in what is being tried.
Result<std::set<std::string>> read_named(Database& database);

Result<> audit(Database& database, const char* action, const Flaw& flaw);

}  // namespace argos
