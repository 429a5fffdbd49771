-- When archives are made and which stay; the archives that there are; and what was said of them last.

CREATE TABLE backup_policies (
  name                   TEXT PRIMARY KEY NOT NULL CHECK (name = 'default'),
  enabled                INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
  schedule               TEXT NOT NULL DEFAULT '0 2 * * *',  -- five fields as in cron, UTC
  retention_days         INTEGER NOT NULL DEFAULT 14,
  retention_keep_last    INTEGER NOT NULL DEFAULT 3,
  retention_keep_daily   INTEGER NOT NULL DEFAULT 0,
  retention_keep_weekly  INTEGER NOT NULL DEFAULT 0,
  retention_keep_monthly INTEGER NOT NULL DEFAULT 0,
  retention_kinds        TEXT NOT NULL DEFAULT '["scheduled"]' CHECK (json_valid(retention_kinds)),
  include_caddy_data     INTEGER NOT NULL DEFAULT 1 CHECK (include_caddy_data IN (0, 1)),
  managed_by             TEXT NOT NULL DEFAULT 'panel' CHECK (managed_by IN ('manifest', 'apply', 'panel', 'system')),
  owner                  TEXT NOT NULL DEFAULT '',
  generation             INTEGER NOT NULL DEFAULT 0,
  created                INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TRIGGER backup_policies_inserted AFTER INSERT ON backup_policies BEGIN
  INSERT INTO changes (kind, name, what, actor, origin, before, after)
    SELECT 'backup_policies', new.name, 'created', actor, origin, NULL, json_object('enabled', new.enabled,
      'schedule', new.schedule, 'retention_days', new.retention_days, 'retention_keep_last',
      new.retention_keep_last, 'retention_keep_daily', new.retention_keep_daily, 'retention_keep_weekly',
      new.retention_keep_weekly, 'retention_keep_monthly', new.retention_keep_monthly, 'retention_kinds',
      new.retention_kinds, 'include_caddy_data', new.include_caddy_data, 'managed_by', new.managed_by, 'owner',
      new.owner)
    FROM actor;
  UPDATE backup_policies SET generation = last_insert_rowid(), created = last_insert_rowid() WHERE name = new.name;
END;
CREATE TRIGGER backup_policies_updated AFTER UPDATE ON backup_policies
WHEN (old.name, old.enabled, old.schedule, old.retention_days, old.retention_keep_last, old.retention_keep_daily,
  old.retention_keep_weekly, old.retention_keep_monthly, old.retention_kinds, old.include_caddy_data,
  old.managed_by, old.owner)
  IS NOT
     (new.name, new.enabled, new.schedule, new.retention_days, new.retention_keep_last, new.retention_keep_daily,
       new.retention_keep_weekly, new.retention_keep_monthly, new.retention_kinds, new.include_caddy_data,
       new.managed_by, new.owner)
BEGIN
  INSERT INTO changes (kind, name, what, actor, origin, before, after)
    SELECT 'backup_policies', new.name, 'changed', actor, origin, json_object('enabled', old.enabled, 'schedule',
      old.schedule, 'retention_days', old.retention_days, 'retention_keep_last', old.retention_keep_last,
      'retention_keep_daily', old.retention_keep_daily, 'retention_keep_weekly', old.retention_keep_weekly,
      'retention_keep_monthly', old.retention_keep_monthly, 'retention_kinds', old.retention_kinds,
      'include_caddy_data', old.include_caddy_data, 'managed_by', old.managed_by, 'owner', old.owner),
      json_object('enabled', new.enabled, 'schedule', new.schedule, 'retention_days', new.retention_days,
      'retention_keep_last', new.retention_keep_last, 'retention_keep_daily', new.retention_keep_daily,
      'retention_keep_weekly', new.retention_keep_weekly, 'retention_keep_monthly', new.retention_keep_monthly,
      'retention_kinds', new.retention_kinds, 'include_caddy_data', new.include_caddy_data, 'managed_by',
      new.managed_by, 'owner', new.owner)
    FROM actor;
  UPDATE backup_policies SET generation = last_insert_rowid() WHERE name = new.name;
END;
CREATE TRIGGER backup_policies_deleted AFTER DELETE ON backup_policies BEGIN
  INSERT INTO changes (kind, name, what, actor, origin, before, after)
    SELECT 'backup_policies', old.name, 'deleted', actor, origin, json_object('enabled', old.enabled, 'schedule',
      old.schedule, 'retention_days', old.retention_days, 'retention_keep_last', old.retention_keep_last,
      'retention_keep_daily', old.retention_keep_daily, 'retention_keep_weekly', old.retention_keep_weekly,
      'retention_keep_monthly', old.retention_keep_monthly, 'retention_kinds', old.retention_kinds,
      'include_caddy_data', old.include_caddy_data, 'managed_by', old.managed_by, 'owner', old.owner), NULL
    FROM actor;
END;

-- One row an archive in ARGOS_BACKUP_DIR. The files are the truth: a row goes with its file and comes with it.
CREATE TABLE backups (
  id               INTEGER PRIMARY KEY AUTOINCREMENT,
  filename         TEXT NOT NULL UNIQUE,
  size_bytes       INTEGER NOT NULL,
  sha256           TEXT NOT NULL DEFAULT '',  -- of the file, as it was when it was first read whole
  kind             TEXT NOT NULL CHECK (kind IN ('manual', 'scheduled', 'pre-upgrade', 'orphan')),
  origin           TEXT NOT NULL CHECK (origin IN ('local', 'adopted')),
  created_at       TEXT NOT NULL,             -- RFC 3339, UTC
  note             TEXT NOT NULL DEFAULT '',
  argos_version    TEXT NOT NULL DEFAULT '',  -- this and what follows up to master_key_id: from metadata.json
  git_commit       TEXT NOT NULL DEFAULT '',
  schema_version   INTEGER NOT NULL DEFAULT 0,
  db_sha256        TEXT NOT NULL DEFAULT '',
  db_bytes         INTEGER NOT NULL DEFAULT 0,
  caddy_files      INTEGER NOT NULL DEFAULT 0,
  master_key_id    TEXT NOT NULL DEFAULT '',
  caddy_skipped    TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(caddy_skipped)),  -- [{"path", "reason"}], the first hundred
  took_ms          INTEGER NOT NULL DEFAULT 0,  -- 0: it was not made here
  verified         TEXT NOT NULL DEFAULT 'Unknown' CHECK (verified IN ('True', 'False', 'Unknown')),
  verified_reason  TEXT NOT NULL DEFAULT '',
  verified_message TEXT NOT NULL DEFAULT '',
  verified_at      INTEGER NOT NULL DEFAULT 0,  -- milliseconds since 1970, UTC; 0: never
  mtime_ns         INTEGER NOT NULL DEFAULT 0   -- of the file, when it was verified
) STRICT;
CREATE TRIGGER backups_inserted AFTER INSERT ON backups BEGIN
  INSERT INTO changes (kind, name, what, actor, origin) SELECT 'backups', new.filename, 'materialised', actor, origin FROM actor;
END;
CREATE TRIGGER backups_updated AFTER UPDATE ON backups
WHEN (old.filename, old.size_bytes, old.sha256, old.kind, old.verified, old.verified_reason)
  IS NOT (new.filename, new.size_bytes, new.sha256, new.kind, new.verified, new.verified_reason) BEGIN
  INSERT INTO changes (kind, name, what, actor, origin) SELECT 'backups', new.filename, 'materialised', actor, origin FROM actor;
END;
CREATE TRIGGER backups_deleted AFTER DELETE ON backups BEGIN
  INSERT INTO changes (kind, name, what, actor, origin) SELECT 'backups', old.filename, 'materialised', actor, origin FROM actor;
END;
