-- Who may come in: users, their sessions, tokens for programs, and what guessing costs. No secret lies here in a form that can be used.
-- Triggers write the audit log, end sessions and tell the feed, so that none of it depends on who changes a row, or how.

CREATE TABLE users (
  name          TEXT PRIMARY KEY NOT NULL,
  role          TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
  password_hash TEXT NOT NULL,             -- bcrypt
  must_change   INTEGER NOT NULL DEFAULT 0 CHECK (must_change IN (0, 1)),  -- the password, before anything else
  disabled      INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
  totp          TEXT NOT NULL DEFAULT '',  -- the sealed secret of the second factor
  totp_offered  TEXT NOT NULL DEFAULT '',  -- one that no code was given of yet, and so not in force
  totp_step     INTEGER NOT NULL DEFAULT 0,  -- of the last code that was taken: none is taken twice
  created_at    INTEGER NOT NULL DEFAULT 0,  -- this and all other times here: milliseconds since 1970, UTC
  last_login_at INTEGER NOT NULL DEFAULT 0   -- 0: never
) STRICT;

CREATE TABLE recovery_codes (
  user      TEXT NOT NULL,
  code_hash TEXT NOT NULL,
  used_at   INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (user, code_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
  id           TEXT PRIMARY KEY NOT NULL,  -- what lists show; it opens nothing
  token_hash   TEXT NOT NULL UNIQUE,       -- keyed with ARGOS_SESSION_SECRET
  user         TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  used_at      INTEGER NOT NULL,
  confirmed_at INTEGER NOT NULL,           -- when the password was last given
  address      TEXT NOT NULL DEFAULT '',
  client       TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX sessions_of_user ON sessions (user);

CREATE TABLE api_tokens (
  id         TEXT PRIMARY KEY NOT NULL,
  name       TEXT NOT NULL UNIQUE,
  token_hash TEXT NOT NULL UNIQUE,
  role       TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
  owner      TEXT NOT NULL DEFAULT '',   -- a user, whose role it never exceeds; empty: made on this machine
  created_by TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL DEFAULT 0,  -- 0: never
  used_at    INTEGER NOT NULL DEFAULT 0,
  used_from  TEXT NOT NULL DEFAULT ''
) STRICT;

-- What guessing has cost so far (model/throttle.hpp), by account, by address, and by both where that address is the user's own.
CREATE TABLE login_throttles (
  scope   TEXT NOT NULL CHECK (scope IN ('account', 'address', 'place')),
  subject TEXT NOT NULL,
  until   INTEGER NOT NULL,
  told_at INTEGER NOT NULL DEFAULT 0,  -- when the audit log last said that somebody was turned away
  PRIMARY KEY (scope, subject)
) STRICT, WITHOUT ROWID;
CREATE TABLE login_places (  -- from where a user has logged in
  user    TEXT NOT NULL,
  address TEXT NOT NULL,
  at      INTEGER NOT NULL,
  PRIMARY KEY (user, address)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER users_inserted AFTER INSERT ON users BEGIN
  INSERT INTO audit_log (actor, origin, action, kind, name, detail)
    SELECT actor, origin, 'UserAdded', 'User', new.name,
           json_object('role', new.role, 'mustChange', new.must_change, 'disabled', new.disabled) FROM actor;
  INSERT INTO changes (kind, name, what, actor, origin) SELECT 'users', new.name, 'created', actor, origin FROM actor;
END;
CREATE TRIGGER users_role AFTER UPDATE OF role ON users WHEN old.role <> new.role BEGIN
  INSERT INTO audit_log (actor, origin, action, kind, name, detail)
    SELECT actor, origin, 'UserRoleChanged', 'User', new.name, json_object('before', old.role, 'after', new.role) FROM actor;
  DELETE FROM sessions WHERE user = new.name;
END;
CREATE TRIGGER users_password AFTER UPDATE OF password_hash ON users WHEN old.password_hash <> new.password_hash BEGIN
  INSERT INTO audit_log (actor, origin, action, kind, name, detail)
    SELECT actor, origin, 'UserPasswordChanged', 'User', new.name, json_object('mustChange', new.must_change) FROM actor;
  DELETE FROM sessions WHERE user = new.name;
END;
CREATE TRIGGER users_disabled AFTER UPDATE OF disabled ON users WHEN old.disabled <> new.disabled BEGIN
  INSERT INTO audit_log (actor, origin, action, kind, name)
    SELECT actor, origin, iif(new.disabled, 'UserDisabled', 'UserEnabled'), 'User', new.name FROM actor;
  DELETE FROM sessions WHERE user = new.name;
END;
-- Sealed anew, by the actor `secrets`, it is the same one.
CREATE TRIGGER users_totp AFTER UPDATE OF totp ON users
WHEN old.totp <> new.totp AND (SELECT actor FROM actor) <> 'secrets' BEGIN
  INSERT INTO audit_log (actor, origin, action, kind, name)
    SELECT actor, origin, iif(new.totp = '', 'SecondFactorDisabled', 'SecondFactorEnabled'), 'User', new.name FROM actor;
  DELETE FROM recovery_codes WHERE user = new.name AND new.totp = '';
END;
-- Whoever renames a user by hand makes another one: what the former could come in with ends.
CREATE TRIGGER users_renamed AFTER UPDATE OF name ON users WHEN old.name <> new.name BEGIN
  INSERT INTO audit_log (actor, origin, action, kind, name, detail)
    SELECT actor, origin, 'UserRenamed', 'User', new.name, json_object('before', old.name) FROM actor;
  DELETE FROM sessions WHERE user = old.name;
  DELETE FROM api_tokens WHERE owner = old.name;
  DELETE FROM recovery_codes WHERE user = old.name;
END;
CREATE TRIGGER users_updated AFTER UPDATE ON users
WHEN (old.name, old.role, old.password_hash, old.must_change, old.disabled, old.totp = '', old.last_login_at = 0)
  IS NOT (new.name, new.role, new.password_hash, new.must_change, new.disabled, new.totp = '', new.last_login_at = 0) BEGIN
  INSERT INTO changes (kind, name, what, actor, origin) SELECT 'users', new.name, 'changed', actor, origin FROM actor;
END;
CREATE TRIGGER users_deleted AFTER DELETE ON users BEGIN
  INSERT INTO audit_log (actor, origin, action, kind, name) SELECT actor, origin, 'UserDeleted', 'User', old.name FROM actor;
  DELETE FROM sessions WHERE user = old.name;
  DELETE FROM api_tokens WHERE owner = old.name;
  DELETE FROM recovery_codes WHERE user = old.name;
  DELETE FROM login_places WHERE user = old.name;
  INSERT INTO changes (kind, name, what, actor, origin) SELECT 'users', old.name, 'deleted', actor, origin FROM actor;
END;

CREATE TRIGGER recovery_codes_used AFTER UPDATE OF used_at ON recovery_codes WHEN old.used_at = 0 AND new.used_at <> 0 BEGIN
  INSERT INTO audit_log (actor, origin, action, kind, name)
    SELECT actor, origin, 'RecoveryCodeUsed', 'User', new.user FROM actor;
END;

CREATE TRIGGER sessions_inserted AFTER INSERT ON sessions BEGIN
  INSERT INTO audit_log (actor, origin, action, kind, name, detail)
    SELECT actor, origin, 'LoggedIn', 'User', new.user,
           json_object('session', new.id, 'address', new.address, 'client', new.client) FROM actor;
END;
-- Whoever serves that user at length looks again. Of those that ended by themselves nobody need hear.
CREATE TRIGGER sessions_deleted AFTER DELETE ON sessions BEGIN
  INSERT INTO audit_log (actor, origin, action, kind, name, detail)
    SELECT actor, origin, 'SessionEnded', 'User', old.user, json_object('session', old.id, 'address', old.address) FROM actor;
  INSERT INTO changes (kind, name, what, actor, origin)
    SELECT 'users', old.user, 'session ended', actor, origin FROM actor WHERE actor <> 'accounts';
END;

CREATE TRIGGER api_tokens_inserted AFTER INSERT ON api_tokens BEGIN
  INSERT INTO audit_log (actor, origin, action, kind, name, detail)
    SELECT actor, origin, 'TokenCreated', 'Token', new.name,
           json_object('id', new.id, 'role', new.role, 'owner', new.owner, 'expiresAt', new.expires_at) FROM actor;
END;
CREATE TRIGGER api_tokens_updated AFTER UPDATE ON api_tokens
WHEN (old.name, old.token_hash, old.role, old.owner, old.expires_at)
  IS NOT (new.name, new.token_hash, new.role, new.owner, new.expires_at) BEGIN
  INSERT INTO audit_log (actor, origin, action, kind, name, detail)
    SELECT actor, origin, 'TokenChanged', 'Token', new.name, json_object('id', new.id,
           'before', json_object('name', old.name, 'role', old.role, 'owner', old.owner, 'expiresAt', old.expires_at),
           'after', json_object('name', new.name, 'role', new.role, 'owner', new.owner, 'expiresAt', new.expires_at)) FROM actor;
  INSERT INTO changes (kind, name, what, actor, origin) SELECT 'users', new.owner, 'token changed', actor, origin FROM actor;
END;
CREATE TRIGGER api_tokens_deleted AFTER DELETE ON api_tokens BEGIN
  INSERT INTO audit_log (actor, origin, action, kind, name, detail)
    SELECT actor, origin, 'TokenRevoked', 'Token', old.name, json_object('id', old.id, 'owner', old.owner) FROM actor;
  INSERT INTO changes (kind, name, what, actor, origin) SELECT 'users', old.owner, 'token revoked', actor, origin FROM actor;
END;

-- Second factors are sealed values too.
DROP VIEW sealed;
CREATE VIEW sealed AS
  SELECT 'host_manual_certs' AS place, 0 AS seq, 'Certificate' AS kind, name AS subject, 'key' AS field,
         key_pem_encrypted AS envelope
    FROM host_manual_certs WHERE key_pem_encrypted <> ''
  UNION ALL
  SELECT 'before', seq, 'Certificate', name, 'key', before ->> '$.key_pem_encrypted'
    FROM changes WHERE kind = 'host_manual_certs' AND coalesce(before ->> '$.key_pem_encrypted', '') <> ''
  UNION ALL
  SELECT 'after', seq, 'Certificate', name, 'key', after ->> '$.key_pem_encrypted'
    FROM changes WHERE kind = 'host_manual_certs' AND coalesce(after ->> '$.key_pem_encrypted', '') <> ''
  UNION ALL
  SELECT 'users', 0, 'User', name, 'totp', totp FROM users WHERE totp <> ''
  UNION ALL
  SELECT 'offered', 0, 'User', name, 'totp', totp_offered FROM users WHERE totp_offered <> '';
CREATE TRIGGER sealed_anew INSTEAD OF UPDATE OF envelope ON sealed BEGIN
  UPDATE host_manual_certs SET key_pem_encrypted = new.envelope
    WHERE old.place = 'host_manual_certs' AND name = old.subject;
  UPDATE changes SET before = json_set(before, '$.key_pem_encrypted', new.envelope) WHERE old.place = 'before' AND seq = old.seq;
  UPDATE changes SET after = json_set(after, '$.key_pem_encrypted', new.envelope) WHERE old.place = 'after' AND seq = old.seq;
  UPDATE users SET totp = new.envelope WHERE old.place = 'users' AND name = old.subject;
  UPDATE users SET totp_offered = new.envelope WHERE old.place = 'offered' AND name = old.subject;
END;
