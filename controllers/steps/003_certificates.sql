-- Certificates that operators bring, their sealed keys, the files made of them, and a log of what was done to what.

CREATE TABLE host_manual_certs (
  name              TEXT PRIMARY KEY NOT NULL,
  host              TEXT NOT NULL DEFAULT '',  -- a host's name
  cert_pem          TEXT NOT NULL DEFAULT '',  -- the leaf
  chain_pem         TEXT NOT NULL DEFAULT '',  -- what comes after it, the leaf's issuer first
  key_pem_encrypted TEXT NOT NULL DEFAULT '',  -- the sealed private key: an envelope that names the master key which opens it
  managed_by        TEXT NOT NULL DEFAULT 'panel' CHECK (managed_by IN ('manifest', 'apply', 'panel', 'system')),
  owner             TEXT NOT NULL DEFAULT '',
  generation        INTEGER NOT NULL DEFAULT 0,
  created           INTEGER NOT NULL DEFAULT 0
) STRICT;

-- The same secret sealed anew, by the actor `secrets`, is no change of what is wanted: it leaves no trace in the feed.
CREATE TRIGGER host_manual_certs_inserted AFTER INSERT ON host_manual_certs BEGIN
  INSERT INTO changes (kind, name, what, actor, origin, before, after)
    SELECT 'host_manual_certs', new.name, 'created', actor, origin, NULL, json_object('host', new.host, 'cert_pem',
      new.cert_pem, 'chain_pem', new.chain_pem, 'key_pem_encrypted', new.key_pem_encrypted, 'managed_by',
      new.managed_by, 'owner', new.owner)
    FROM actor;
  UPDATE host_manual_certs SET generation = last_insert_rowid(), created = last_insert_rowid() WHERE name = new.name;
END;
CREATE TRIGGER host_manual_certs_updated AFTER UPDATE ON host_manual_certs
WHEN (old.name, old.host, old.cert_pem, old.chain_pem, old.key_pem_encrypted, old.managed_by, old.owner)
  IS NOT
     (new.name, new.host, new.cert_pem, new.chain_pem, new.key_pem_encrypted, new.managed_by, new.owner)
  AND (SELECT actor FROM actor) <> 'secrets'
BEGIN
  INSERT INTO changes (kind, name, what, actor, origin, before, after)
    SELECT 'host_manual_certs', old.name, 'deleted', actor, origin, json_object('host', old.host, 'cert_pem',
      old.cert_pem, 'chain_pem', old.chain_pem, 'key_pem_encrypted', old.key_pem_encrypted, 'managed_by',
      old.managed_by, 'owner', old.owner), NULL
    FROM actor WHERE old.name <> new.name;
  INSERT INTO changes (kind, name, what, actor, origin, before, after)
    SELECT 'host_manual_certs', new.name, 'changed', actor, origin, json_object('host', old.host, 'cert_pem',
      old.cert_pem, 'chain_pem', old.chain_pem, 'key_pem_encrypted', old.key_pem_encrypted, 'managed_by',
      old.managed_by, 'owner', old.owner), json_object('host', new.host, 'cert_pem', new.cert_pem, 'chain_pem',
      new.chain_pem, 'key_pem_encrypted', new.key_pem_encrypted, 'managed_by', new.managed_by, 'owner', new.owner)
    FROM actor;
  UPDATE host_manual_certs SET generation = last_insert_rowid() WHERE name = new.name;
END;
CREATE TRIGGER host_manual_certs_deleted AFTER DELETE ON host_manual_certs BEGIN
  INSERT INTO changes (kind, name, what, actor, origin, before, after)
    SELECT 'host_manual_certs', old.name, 'deleted', actor, origin, json_object('host', old.host, 'cert_pem',
      old.cert_pem, 'chain_pem', old.chain_pem, 'key_pem_encrypted', old.key_pem_encrypted, 'managed_by',
      old.managed_by, 'owner', old.owner), NULL
    FROM actor;
END;

-- Every sealed value there is, wherever it lies, history included: for the one who seals them anew. `subject` and `field` are what it
-- is bound to, besides the kind.
CREATE VIEW sealed AS
  SELECT 'host_manual_certs' AS place, 0 AS seq, 'Certificate' AS kind, name AS subject, 'key' AS field,
         key_pem_encrypted AS envelope
    FROM host_manual_certs WHERE key_pem_encrypted <> ''
  UNION ALL
  SELECT 'before', seq, 'Certificate', name, 'key', before ->> '$.key_pem_encrypted'
    FROM changes WHERE kind = 'host_manual_certs' AND coalesce(before ->> '$.key_pem_encrypted', '') <> ''
  UNION ALL
  SELECT 'after', seq, 'Certificate', name, 'key', after ->> '$.key_pem_encrypted'
    FROM changes WHERE kind = 'host_manual_certs' AND coalesce(after ->> '$.key_pem_encrypted', '') <> '';
CREATE TRIGGER sealed_anew INSTEAD OF UPDATE OF envelope ON sealed BEGIN
  UPDATE host_manual_certs SET key_pem_encrypted = new.envelope
    WHERE old.place = 'host_manual_certs' AND name = old.subject;
  UPDATE changes SET before = json_set(before, '$.key_pem_encrypted', new.envelope) WHERE old.place = 'before' AND seq = old.seq;
  UPDATE changes SET after = json_set(after, '$.key_pem_encrypted', new.envelope) WHERE old.place = 'after' AND seq = old.seq;
END;

-- What lies in the folder of certificates, whole and checked: only such a pair is ever named to Caddy. Not desired state.
CREATE TABLE certificate_files (
  name       TEXT NOT NULL,              -- the certificate's
  pair       TEXT NOT NULL,              -- <host>.<pair>.crt and .key: the first 12 hex digits of the pair's SHA-256
  host       TEXT NOT NULL,
  generation INTEGER NOT NULL,           -- of the row that it was made of; the newest is shown, former ones lie there while Caddy names them
  names      TEXT NOT NULL,              -- JSON: the DNS names that the leaf is for
  crt_sha256 TEXT NOT NULL,
  key_sha256 TEXT NOT NULL,
  since      INTEGER NOT NULL,           -- when the files were written, in milliseconds since 1970, UTC; negative: they are being put right
  PRIMARY KEY (name, pair)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER certificate_files_inserted AFTER INSERT ON certificate_files BEGIN
  INSERT INTO changes (kind, name, what, actor) VALUES ('host_manual_certs', new.name, 'materialised', 'certificates');
END;
CREATE TRIGGER certificate_files_updated AFTER UPDATE ON certificate_files
WHEN (old.host, old.generation, old.names, old.since) IS NOT (new.host, new.generation, new.names, new.since) BEGIN
  INSERT INTO changes (kind, name, what, actor) VALUES ('host_manual_certs', new.name, 'materialised', 'certificates');
END;
CREATE TRIGGER certificate_files_deleted AFTER DELETE ON certificate_files BEGIN
  INSERT INTO changes (kind, name, what, actor) VALUES ('host_manual_certs', old.name, 'materialised', 'certificates');
END;

-- What was done to what, by whom. Changes of desired state are in `changes`; this is for everything else that must be answered for.
CREATE TABLE audit_log (
  id     INTEGER PRIMARY KEY AUTOINCREMENT,
  at     TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  actor  TEXT NOT NULL,             -- a user, a controller, `outside`
  origin TEXT NOT NULL DEFAULT '',  -- by which way
  action TEXT NOT NULL,             -- CamelCase: CertificateFileRestored, KeyAccepted
  kind   TEXT NOT NULL DEFAULT '',
  name   TEXT NOT NULL DEFAULT '',
  detail TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(detail))
) STRICT;

-- One more surface on which somebody may make a difference.
ALTER TABLE settings ADD COLUMN drift_certificates TEXT NOT NULL DEFAULT 'heal';
DROP TRIGGER settings_inserted;
DROP TRIGGER settings_updated;
DROP TRIGGER settings_deleted;
CREATE TRIGGER settings_inserted AFTER INSERT ON settings BEGIN
  INSERT INTO changes (kind, name, what, actor, origin, before, after)
    SELECT 'settings', new.name, 'created', actor, origin, NULL, json_object('acme_email', new.acme_email,
      'grace_period', new.grace_period, 'stream_close_delay', new.stream_close_delay, 'retry_for', new.retry_for,
      'drift_caddy', new.drift_caddy, 'drift_manifests', new.drift_manifests, 'drift_certificates',
      new.drift_certificates, 'history_limit', new.history_limit, 'managed_by', new.managed_by, 'owner', new.owner)
    FROM actor;
  UPDATE settings SET generation = last_insert_rowid(), created = last_insert_rowid() WHERE name = new.name;
END;
CREATE TRIGGER settings_updated AFTER UPDATE ON settings
WHEN (old.name, old.acme_email, old.grace_period, old.stream_close_delay, old.retry_for, old.drift_caddy,
  old.drift_manifests, old.drift_certificates, old.history_limit, old.managed_by, old.owner)
  IS NOT
     (new.name, new.acme_email, new.grace_period, new.stream_close_delay, new.retry_for, new.drift_caddy,
       new.drift_manifests, new.drift_certificates, new.history_limit, new.managed_by, new.owner)
BEGIN
  INSERT INTO changes (kind, name, what, actor, origin, before, after)
    SELECT 'settings', old.name, 'deleted', actor, origin, json_object('acme_email', old.acme_email, 'grace_period',
      old.grace_period, 'stream_close_delay', old.stream_close_delay, 'retry_for', old.retry_for, 'drift_caddy',
      old.drift_caddy, 'drift_manifests', old.drift_manifests, 'drift_certificates', old.drift_certificates,
      'history_limit', old.history_limit, 'managed_by', old.managed_by, 'owner', old.owner), NULL
    FROM actor WHERE old.name <> new.name;
  INSERT INTO changes (kind, name, what, actor, origin, before, after)
    SELECT 'settings', new.name, 'changed', actor, origin, json_object('acme_email', old.acme_email, 'grace_period',
      old.grace_period, 'stream_close_delay', old.stream_close_delay, 'retry_for', old.retry_for, 'drift_caddy',
      old.drift_caddy, 'drift_manifests', old.drift_manifests, 'drift_certificates', old.drift_certificates,
      'history_limit', old.history_limit, 'managed_by', old.managed_by, 'owner', old.owner), json_object('acme_email',
      new.acme_email, 'grace_period', new.grace_period, 'stream_close_delay', new.stream_close_delay, 'retry_for',
      new.retry_for, 'drift_caddy', new.drift_caddy, 'drift_manifests', new.drift_manifests, 'drift_certificates',
      new.drift_certificates, 'history_limit', new.history_limit, 'managed_by', new.managed_by, 'owner', new.owner)
    FROM actor;
  UPDATE settings SET generation = last_insert_rowid() WHERE name = new.name;
END;
CREATE TRIGGER settings_deleted AFTER DELETE ON settings BEGIN
  INSERT INTO changes (kind, name, what, actor, origin, before, after)
    SELECT 'settings', old.name, 'deleted', actor, origin, json_object('acme_email', old.acme_email, 'grace_period',
      old.grace_period, 'stream_close_delay', old.stream_close_delay, 'retry_for', old.retry_for, 'drift_caddy',
      old.drift_caddy, 'drift_manifests', old.drift_manifests, 'drift_certificates', old.drift_certificates,
      'history_limit', old.history_limit, 'managed_by', old.managed_by, 'owner', old.owner), NULL
    FROM actor;
END;
