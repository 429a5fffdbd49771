-- Desired state, and the one feed that every change of it goes through, whoever the writer is.
--
-- generation is the feed's seq at the last change of the spec: it only grows, and a successor of the same name starts above it.
-- created is the seq at which the row was made: the smaller is the older. Neither is written by hand.

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;
INSERT INTO meta VALUES ('epoch', lower(hex(randomblob(8))));  -- names this database's line of history; part of every ETag

-- What argos itself remembers between runs; never desired state.
CREATE TABLE remembered (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

CREATE TABLE changes (
  seq  INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  at   TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;

CREATE TABLE condition_times (
  kind   TEXT NOT NULL,
  name   TEXT NOT NULL,
  type   TEXT NOT NULL,
  status TEXT NOT NULL,
  since  INTEGER NOT NULL,  -- milliseconds since 1970, UTC
  PRIMARY KEY (kind, name, type)
) STRICT, WITHOUT ROWID;

CREATE TABLE hosts (
  name            TEXT PRIMARY KEY NOT NULL,
  domain          TEXT NOT NULL DEFAULT '',
  aliases         TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(aliases)),
  target_group    TEXT NOT NULL DEFAULT '',
  enabled         INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
  tls_mode        TEXT NOT NULL DEFAULT 'auto',
  tls_email       TEXT NOT NULL DEFAULT '',
  tls_challenge   TEXT,
  tls_acme_ca_url TEXT NOT NULL DEFAULT '',
  caddy_handlers  TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(caddy_handlers)),
  managed_by      TEXT NOT NULL DEFAULT 'panel' CHECK (managed_by IN ('manifest', 'apply', 'panel', 'system')),
  owner           TEXT NOT NULL DEFAULT '',
  generation      INTEGER NOT NULL DEFAULT 0,
  created         INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE target_groups (
  name                       TEXT PRIMARY KEY NOT NULL,
  protocol                   TEXT NOT NULL DEFAULT 'http',
  verify_tls                 INTEGER NOT NULL DEFAULT 1 CHECK (verify_tls IN (0, 1)),
  algorithm                  TEXT NOT NULL DEFAULT 'round_robin',
  preserve_host              INTEGER NOT NULL DEFAULT 1 CHECK (preserve_host IN (0, 1)),
  health_check_enabled       INTEGER NOT NULL DEFAULT 0 CHECK (health_check_enabled IN (0, 1)),
  health_check_path          TEXT NOT NULL DEFAULT '/',
  health_check_method        TEXT NOT NULL DEFAULT 'GET',
  health_check_expect_status TEXT NOT NULL DEFAULT '2xx',
  health_check_interval      TEXT NOT NULL DEFAULT '30s',
  health_check_timeout       TEXT NOT NULL DEFAULT '5s',
  health_check_fails         INTEGER NOT NULL DEFAULT 1,
  health_check_passes        INTEGER NOT NULL DEFAULT 1,
  targets                    TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(targets)),
  managed_by                 TEXT NOT NULL DEFAULT 'panel' CHECK (managed_by IN ('manifest', 'apply', 'panel', 'system')),
  owner                      TEXT NOT NULL DEFAULT '',
  generation                 INTEGER NOT NULL DEFAULT 0,
  created                    INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE settings (
  name               TEXT PRIMARY KEY NOT NULL CHECK (name = 'default'),
  acme_email         TEXT NOT NULL DEFAULT '',
  grace_period       TEXT NOT NULL DEFAULT '10s',
  stream_close_delay TEXT NOT NULL DEFAULT '5m',
  retry_for          TEXT NOT NULL DEFAULT '5s',
  managed_by         TEXT NOT NULL DEFAULT 'panel' CHECK (managed_by IN ('manifest', 'apply', 'panel', 'system')),
  owner              TEXT NOT NULL DEFAULT '',
  generation         INTEGER NOT NULL DEFAULT 0,
  created            INTEGER NOT NULL DEFAULT 0
) STRICT;

-- The triggers. An update that changes nothing is no change; generation and created are argos' own and start no feed entry.

CREATE TRIGGER hosts_inserted AFTER INSERT ON hosts BEGIN
  INSERT INTO changes (kind, name) VALUES ('hosts', new.name);
  UPDATE hosts SET generation = last_insert_rowid(), created = last_insert_rowid() WHERE name = new.name;
END;
CREATE TRIGGER hosts_updated AFTER UPDATE ON hosts
WHEN (old.name, old.domain, old.aliases, old.target_group, old.enabled, old.tls_mode, old.tls_email, old.tls_challenge,
      old.tls_acme_ca_url, old.caddy_handlers, old.managed_by, old.owner)
  IS NOT
     (new.name, new.domain, new.aliases, new.target_group, new.enabled, new.tls_mode, new.tls_email, new.tls_challenge,
      new.tls_acme_ca_url, new.caddy_handlers, new.managed_by, new.owner)
BEGIN
  INSERT INTO changes (kind, name) SELECT 'hosts', old.name WHERE old.name <> new.name;
  INSERT INTO changes (kind, name) VALUES ('hosts', new.name);
  UPDATE hosts SET generation = last_insert_rowid() WHERE name = new.name;
END;
CREATE TRIGGER hosts_deleted AFTER DELETE ON hosts BEGIN
  INSERT INTO changes (kind, name) VALUES ('hosts', old.name);
END;

CREATE TRIGGER target_groups_inserted AFTER INSERT ON target_groups BEGIN
  INSERT INTO changes (kind, name) VALUES ('target_groups', new.name);
  UPDATE target_groups SET generation = last_insert_rowid(), created = last_insert_rowid() WHERE name = new.name;
END;
CREATE TRIGGER target_groups_updated AFTER UPDATE ON target_groups
WHEN (old.name, old.protocol, old.verify_tls, old.algorithm, old.preserve_host, old.health_check_enabled,
      old.health_check_path, old.health_check_method, old.health_check_expect_status, old.health_check_interval,
      old.health_check_timeout, old.health_check_fails, old.health_check_passes, old.targets, old.managed_by, old.owner)
  IS NOT
     (new.name, new.protocol, new.verify_tls, new.algorithm, new.preserve_host, new.health_check_enabled,
      new.health_check_path, new.health_check_method, new.health_check_expect_status, new.health_check_interval,
      new.health_check_timeout, new.health_check_fails, new.health_check_passes, new.targets, new.managed_by, new.owner)
BEGIN
  INSERT INTO changes (kind, name) SELECT 'target_groups', old.name WHERE old.name <> new.name;
  INSERT INTO changes (kind, name) VALUES ('target_groups', new.name);
  UPDATE target_groups SET generation = last_insert_rowid() WHERE name = new.name;
END;
CREATE TRIGGER target_groups_deleted AFTER DELETE ON target_groups BEGIN
  INSERT INTO changes (kind, name) VALUES ('target_groups', old.name);
END;

CREATE TRIGGER settings_inserted AFTER INSERT ON settings BEGIN
  INSERT INTO changes (kind, name) VALUES ('settings', new.name);
  UPDATE settings SET generation = last_insert_rowid(), created = last_insert_rowid() WHERE name = new.name;
END;
CREATE TRIGGER settings_updated AFTER UPDATE ON settings
WHEN (old.name, old.acme_email, old.grace_period, old.stream_close_delay, old.retry_for, old.managed_by, old.owner)
  IS NOT
     (new.name, new.acme_email, new.grace_period, new.stream_close_delay, new.retry_for, new.managed_by, new.owner)
BEGIN
  INSERT INTO changes (kind, name) VALUES ('settings', new.name);
  UPDATE settings SET generation = last_insert_rowid() WHERE name = new.name;
END;
CREATE TRIGGER settings_deleted AFTER DELETE ON settings BEGIN
  INSERT INTO changes (kind, name) VALUES ('settings', old.name);
END;
