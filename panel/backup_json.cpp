// SPDX-License-Identifier: Apache-2.0
#include "panel/backup_json.hpp"

#include <boost/json.hpp>

#include "model/schema.hpp"

namespace argos {

boost::json::object to_object(const BackupRow& row, const Conditions& conditions) {
  return {{"apiVersion", kApiVersion},
          {"kind", names_of(Kind::backup).manifest},
          {"metadata", {{"name", row.filename}}},
          {"spec", {{"kind", enum_text(row.kind)}, {"note", row.note}}},
          {"status",
           {{"createdAt", row.created_at},
            {"origin", row.origin},
            {"sizeBytes", row.size_bytes},
            {"sha256", row.sha256},
            {"argosVersion", row.argos_version},
            {"gitCommit", row.git_commit},
            {"schemaVersion", row.schema_version},
            {"dbSha256", row.db_sha256},
            {"dbBytes", row.db_bytes},
            {"caddyFiles", row.caddy_files},
            {"caddySkipped", to_json_value(row.caddy_skipped)},
            {"caddyLeftOut", row.caddy_left_out},
            {"masterKeyId", row.master_key_id},
            {"tookMilliseconds", row.took_ms == 0 ? boost::json::value() : boost::json::value(row.took_ms)},
            {"verifiedAt",
             row.verified_at == 0 ? boost::json::value() : boost::json::value(to_rfc3339(from_milliseconds(row.verified_at)))},
            {"conditions", to_json(conditions.of({Kind::backup, row.filename}))}}}};
}

}  // namespace argos
