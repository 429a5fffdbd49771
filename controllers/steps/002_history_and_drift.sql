-- Who changed what, what was found changed behind argos' back, what Caddy accepted and refused.

-- Who is writing: a row that is there only within argos' own transactions. Anybody else (a person with sqlite3) is `outside`; so
-- triggers know who it was, whoever it is.
CREATE TABLE acting (
  one    INTEGER PRIMARY KEY CHECK (one = 1),
  actor  TEXT NOT NULL,
  origin TEXT NOT NULL
) STRICT;
CREATE VIEW actor AS
  SELECT coalesce(max(actor), 'outside') AS actor, coalesce(max(origin), '') AS origin FROM acting;

-- The feed is the history too. before and after are the row's columns as a JSON object; NULL where there was none.
ALTER TABLE changes ADD COLUMN what TEXT NOT NULL DEFAULT 'changed';  -- created, changed, deleted, suspended, resumed
ALTER TABLE changes ADD COLUMN actor TEXT NOT NULL DEFAULT '';
ALTER TABLE changes ADD COLUMN origin TEXT NOT NULL DEFAULT '';
ALTER TABLE changes ADD COLUMN before TEXT;
ALTER TABLE changes ADD COLUMN after TEXT;
CREATE INDEX changes_of_object ON changes (kind, name, seq);

ALTER TABLE settings ADD COLUMN drift_caddy TEXT NOT NULL DEFAULT 'heal';
ALTER TABLE settings ADD COLUMN drift_manifests TEXT NOT NULL DEFAULT 'heal';
ALTER TABLE settings ADD COLUMN history_limit INTEGER NOT NULL DEFAULT 10000;

-- What was found otherwise than wanted. One row a place; again at the same place: last_seen and times move.
CREATE TABLE findings (
  id         INTEGER PRIMARY KEY,
  surface    TEXT NOT NULL,              -- caddy, manifests
  path       TEXT NOT NULL,              -- JSON Pointer (RFC 6901): into Caddy's configuration, or /hosts/app/domain
  kind       TEXT NOT NULL DEFAULT '',   -- the object it concerns, where there is one
  name       TEXT NOT NULL DEFAULT '',
  wanted     TEXT NOT NULL,              -- JSON, shortened, secrets masked; empty: nothing
  found      TEXT NOT NULL,
  action     TEXT NOT NULL,              -- healed, reported, suspended
  first_seen INTEGER NOT NULL,           -- milliseconds since 1970, UTC
  last_seen  INTEGER NOT NULL,
  times      INTEGER NOT NULL DEFAULT 1,
  open       INTEGER NOT NULL DEFAULT 0 CHECK (open IN (0, 1)),  -- it is still so
  UNIQUE (surface, path)
) STRICT;

-- What is left alone for hand work: an object, or a controller.
CREATE TABLE suspensions (
  kind  TEXT NOT NULL,
  name  TEXT NOT NULL,
  since INTEGER NOT NULL,  -- milliseconds since 1970, UTC
  note  TEXT NOT NULL DEFAULT '',
  actor TEXT NOT NULL DEFAULT 'outside',
  PRIMARY KEY (kind, name)
) STRICT;
CREATE TRIGGER suspensions_inserted AFTER INSERT ON suspensions BEGIN
  INSERT INTO changes (kind, name, what, actor, origin) SELECT new.kind, new.name, 'suspended', actor, origin FROM actor;
END;
CREATE TRIGGER suspensions_deleted AFTER DELETE ON suspensions BEGIN
  INSERT INTO changes (kind, name, what, actor, origin) SELECT old.kind, old.name, 'resumed', actor, origin FROM actor;
END;

-- The forms of the last document that Caddy accepted, and, while one is being tried, those that it would change (spec NULL: gone).
CREATE TABLE accepted (
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  spec TEXT NOT NULL,  -- JSON, as in a manifest
  PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE tried (
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  spec TEXT,
  PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;
-- What Caddy refused. It is not tried again until `piece`, all that comes of it in the document, is another.
CREATE TABLE refused (
  kind    TEXT NOT NULL,
  name    TEXT NOT NULL,
  piece   TEXT NOT NULL,
  message TEXT NOT NULL,
  PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;

-- The triggers anew, with who, from where, before and after.

DROP TRIGGER hosts_inserted;
DROP TRIGGER hosts_updated;
DROP TRIGGER hosts_deleted;
CREATE TRIGGER hosts_inserted AFTER INSERT ON hosts BEGIN
  INSERT INTO changes (kind, name, what, actor, origin, before, after)
    SELECT 'hosts', new.name, 'created', actor, origin, NULL, json_object('domain', new.domain, 'aliases',
      new.aliases, 'target_group', new.target_group, 'enabled', new.enabled, 'tls_mode', new.tls_mode, 'tls_email',
      new.tls_email, 'tls_challenge', new.tls_challenge, 'tls_acme_ca_url', new.tls_acme_ca_url, 'caddy_handlers',
      new.caddy_handlers, 'managed_by', new.managed_by, 'owner', new.owner)
    FROM actor;
  UPDATE hosts SET generation = last_insert_rowid(), created = last_insert_rowid() WHERE name = new.name;
END;
CREATE TRIGGER hosts_updated AFTER UPDATE ON hosts
WHEN (old.name, old.domain, old.aliases, old.target_group, old.enabled, old.tls_mode, old.tls_email,
  old.tls_challenge, old.tls_acme_ca_url, old.caddy_handlers, old.managed_by, old.owner)
  IS NOT
     (new.name, new.domain, new.aliases, new.target_group, new.enabled, new.tls_mode, new.tls_email,
       new.tls_challenge, new.tls_acme_ca_url, new.caddy_handlers, new.managed_by, new.owner)
BEGIN
  INSERT INTO changes (kind, name, what, actor, origin, before, after)
    SELECT 'hosts', old.name, 'deleted', actor, origin, json_object('domain', old.domain, 'aliases', old.aliases,
      'target_group', old.target_group, 'enabled', old.enabled, 'tls_mode', old.tls_mode, 'tls_email', old.tls_email,
      'tls_challenge', old.tls_challenge, 'tls_acme_ca_url', old.tls_acme_ca_url, 'caddy_handlers',
      old.caddy_handlers, 'managed_by', old.managed_by, 'owner', old.owner), NULL
    FROM actor WHERE old.name <> new.name;
  INSERT INTO changes (kind, name, what, actor, origin, before, after)
    SELECT 'hosts', new.name, 'changed', actor, origin, json_object('domain', old.domain, 'aliases', old.aliases,
      'target_group', old.target_group, 'enabled', old.enabled, 'tls_mode', old.tls_mode, 'tls_email', old.tls_email,
      'tls_challenge', old.tls_challenge, 'tls_acme_ca_url', old.tls_acme_ca_url, 'caddy_handlers',
      old.caddy_handlers, 'managed_by', old.managed_by, 'owner', old.owner), json_object('domain', new.domain,
      'aliases', new.aliases, 'target_group', new.target_group, 'enabled', new.enabled, 'tls_mode', new.tls_mode,
      'tls_email', new.tls_email, 'tls_challenge', new.tls_challenge, 'tls_acme_ca_url', new.tls_acme_ca_url,
      'caddy_handlers', new.caddy_handlers, 'managed_by', new.managed_by, 'owner', new.owner)
    FROM actor;
  UPDATE hosts SET generation = last_insert_rowid() WHERE name = new.name;
END;
CREATE TRIGGER hosts_deleted AFTER DELETE ON hosts BEGIN
  INSERT INTO changes (kind, name, what, actor, origin, before, after)
    SELECT 'hosts', old.name, 'deleted', actor, origin, json_object('domain', old.domain, 'aliases', old.aliases,
      'target_group', old.target_group, 'enabled', old.enabled, 'tls_mode', old.tls_mode, 'tls_email', old.tls_email,
      'tls_challenge', old.tls_challenge, 'tls_acme_ca_url', old.tls_acme_ca_url, 'caddy_handlers',
      old.caddy_handlers, 'managed_by', old.managed_by, 'owner', old.owner), NULL
    FROM actor;
END;

DROP TRIGGER target_groups_inserted;
DROP TRIGGER target_groups_updated;
DROP TRIGGER target_groups_deleted;
CREATE TRIGGER target_groups_inserted AFTER INSERT ON target_groups BEGIN
  INSERT INTO changes (kind, name, what, actor, origin, before, after)
    SELECT 'target_groups', new.name, 'created', actor, origin, NULL, json_object('protocol', new.protocol,
      'verify_tls', new.verify_tls, 'algorithm', new.algorithm, 'preserve_host', new.preserve_host,
      'health_check_enabled', new.health_check_enabled, 'health_check_path', new.health_check_path,
      'health_check_method', new.health_check_method, 'health_check_expect_status', new.health_check_expect_status,
      'health_check_interval', new.health_check_interval, 'health_check_timeout', new.health_check_timeout,
      'health_check_fails', new.health_check_fails, 'health_check_passes', new.health_check_passes, 'targets',
      new.targets, 'managed_by', new.managed_by, 'owner', new.owner)
    FROM actor;
  UPDATE target_groups SET generation = last_insert_rowid(), created = last_insert_rowid() WHERE name = new.name;
END;
CREATE TRIGGER target_groups_updated AFTER UPDATE ON target_groups
WHEN (old.name, old.protocol, old.verify_tls, old.algorithm, old.preserve_host, old.health_check_enabled,
  old.health_check_path, old.health_check_method, old.health_check_expect_status, old.health_check_interval,
  old.health_check_timeout, old.health_check_fails, old.health_check_passes, old.targets, old.managed_by, old.owner)
  IS NOT
     (new.name, new.protocol, new.verify_tls, new.algorithm, new.preserve_host, new.health_check_enabled,
       new.health_check_path, new.health_check_method, new.health_check_expect_status, new.health_check_interval,
       new.health_check_timeout, new.health_check_fails, new.health_check_passes, new.targets, new.managed_by,
       new.owner)
BEGIN
  INSERT INTO changes (kind, name, what, actor, origin, before, after)
    SELECT 'target_groups', old.name, 'deleted', actor, origin, json_object('protocol', old.protocol, 'verify_tls',
      old.verify_tls, 'algorithm', old.algorithm, 'preserve_host', old.preserve_host, 'health_check_enabled',
      old.health_check_enabled, 'health_check_path', old.health_check_path, 'health_check_method',
      old.health_check_method, 'health_check_expect_status', old.health_check_expect_status, 'health_check_interval',
      old.health_check_interval, 'health_check_timeout', old.health_check_timeout, 'health_check_fails',
      old.health_check_fails, 'health_check_passes', old.health_check_passes, 'targets', old.targets, 'managed_by',
      old.managed_by, 'owner', old.owner), NULL
    FROM actor WHERE old.name <> new.name;
  INSERT INTO changes (kind, name, what, actor, origin, before, after)
    SELECT 'target_groups', new.name, 'changed', actor, origin, json_object('protocol', old.protocol, 'verify_tls',
      old.verify_tls, 'algorithm', old.algorithm, 'preserve_host', old.preserve_host, 'health_check_enabled',
      old.health_check_enabled, 'health_check_path', old.health_check_path, 'health_check_method',
      old.health_check_method, 'health_check_expect_status', old.health_check_expect_status, 'health_check_interval',
      old.health_check_interval, 'health_check_timeout', old.health_check_timeout, 'health_check_fails',
      old.health_check_fails, 'health_check_passes', old.health_check_passes, 'targets', old.targets, 'managed_by',
      old.managed_by, 'owner', old.owner), json_object('protocol', new.protocol, 'verify_tls', new.verify_tls,
      'algorithm', new.algorithm, 'preserve_host', new.preserve_host, 'health_check_enabled',
      new.health_check_enabled, 'health_check_path', new.health_check_path, 'health_check_method',
      new.health_check_method, 'health_check_expect_status', new.health_check_expect_status, 'health_check_interval',
      new.health_check_interval, 'health_check_timeout', new.health_check_timeout, 'health_check_fails',
      new.health_check_fails, 'health_check_passes', new.health_check_passes, 'targets', new.targets, 'managed_by',
      new.managed_by, 'owner', new.owner)
    FROM actor;
  UPDATE target_groups SET generation = last_insert_rowid() WHERE name = new.name;
END;
CREATE TRIGGER target_groups_deleted AFTER DELETE ON target_groups BEGIN
  INSERT INTO changes (kind, name, what, actor, origin, before, after)
    SELECT 'target_groups', old.name, 'deleted', actor, origin, json_object('protocol', old.protocol, 'verify_tls',
      old.verify_tls, 'algorithm', old.algorithm, 'preserve_host', old.preserve_host, 'health_check_enabled',
      old.health_check_enabled, 'health_check_path', old.health_check_path, 'health_check_method',
      old.health_check_method, 'health_check_expect_status', old.health_check_expect_status, 'health_check_interval',
      old.health_check_interval, 'health_check_timeout', old.health_check_timeout, 'health_check_fails',
      old.health_check_fails, 'health_check_passes', old.health_check_passes, 'targets', old.targets, 'managed_by',
      old.managed_by, 'owner', old.owner), NULL
    FROM actor;
END;

DROP TRIGGER settings_inserted;
DROP TRIGGER settings_updated;
DROP TRIGGER settings_deleted;
CREATE TRIGGER settings_inserted AFTER INSERT ON settings BEGIN
  INSERT INTO changes (kind, name, what, actor, origin, before, after)
    SELECT 'settings', new.name, 'created', actor, origin, NULL, json_object('acme_email', new.acme_email,
      'grace_period', new.grace_period, 'stream_close_delay', new.stream_close_delay, 'retry_for', new.retry_for,
      'drift_caddy', new.drift_caddy, 'drift_manifests', new.drift_manifests, 'history_limit', new.history_limit,
      'managed_by', new.managed_by, 'owner', new.owner)
    FROM actor;
  UPDATE settings SET generation = last_insert_rowid(), created = last_insert_rowid() WHERE name = new.name;
END;
CREATE TRIGGER settings_updated AFTER UPDATE ON settings
WHEN (old.name, old.acme_email, old.grace_period, old.stream_close_delay, old.retry_for, old.drift_caddy,
  old.drift_manifests, old.history_limit, old.managed_by, old.owner)
  IS NOT
     (new.name, new.acme_email, new.grace_period, new.stream_close_delay, new.retry_for, new.drift_caddy,
       new.drift_manifests, new.history_limit, new.managed_by, new.owner)
BEGIN
  INSERT INTO changes (kind, name, what, actor, origin, before, after)
    SELECT 'settings', old.name, 'deleted', actor, origin, json_object('acme_email', old.acme_email, 'grace_period',
      old.grace_period, 'stream_close_delay', old.stream_close_delay, 'retry_for', old.retry_for, 'drift_caddy',
      old.drift_caddy, 'drift_manifests', old.drift_manifests, 'history_limit', old.history_limit, 'managed_by',
      old.managed_by, 'owner', old.owner), NULL
    FROM actor WHERE old.name <> new.name;
  INSERT INTO changes (kind, name, what, actor, origin, before, after)
    SELECT 'settings', new.name, 'changed', actor, origin, json_object('acme_email', old.acme_email, 'grace_period',
      old.grace_period, 'stream_close_delay', old.stream_close_delay, 'retry_for', old.retry_for, 'drift_caddy',
      old.drift_caddy, 'drift_manifests', old.drift_manifests, 'history_limit', old.history_limit, 'managed_by',
      old.managed_by, 'owner', old.owner), json_object('acme_email', new.acme_email, 'grace_period', new.grace_period,
      'stream_close_delay', new.stream_close_delay, 'retry_for', new.retry_for, 'drift_caddy', new.drift_caddy,
      'drift_manifests', new.drift_manifests, 'history_limit', new.history_limit, 'managed_by', new.managed_by,
      'owner', new.owner)
    FROM actor;
  UPDATE settings SET generation = last_insert_rowid() WHERE name = new.name;
END;
CREATE TRIGGER settings_deleted AFTER DELETE ON settings BEGIN
  INSERT INTO changes (kind, name, what, actor, origin, before, after)
    SELECT 'settings', old.name, 'deleted', actor, origin, json_object('acme_email', old.acme_email, 'grace_period',
      old.grace_period, 'stream_close_delay', old.stream_close_delay, 'retry_for', old.retry_for, 'drift_caddy',
      old.drift_caddy, 'drift_manifests', old.drift_manifests, 'history_limit', old.history_limit, 'managed_by',
      old.managed_by, 'owner', old.owner), NULL
    FROM actor;
END;
