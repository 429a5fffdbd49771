-- Files that are to stay as they are: what an operator took down of them, what argos itself wrote, and what was read of them last.

-- Where a baseline was taken: folders with all below them, or single files. What lies in the folder of certificates is looked at in
-- any case.
CREATE TABLE integrity_places (
  path  TEXT PRIMARY KEY NOT NULL,  -- absolute
  since INTEGER NOT NULL            -- of its newest baseline, in milliseconds since 1970, UTC
) STRICT, WITHOUT ROWID;
CREATE TABLE integrity_baseline (
  path    TEXT PRIMARY KEY NOT NULL,  -- absolute; its bytes as they are, UTF-8 or not
  kind    TEXT NOT NULL,              -- file, link, socket, fifo, device
  content TEXT NOT NULL,              -- a file's SHA-256, a link's target
  mode    INTEGER                     -- a file's permissions
) STRICT, WITHOUT ROWID;

-- The controller looks at once, and the history says who took a baseline.
CREATE TRIGGER integrity_places_inserted AFTER INSERT ON integrity_places BEGIN
  INSERT INTO changes (kind, name, what, actor, origin) SELECT 'controllers', 'integrity', 'baseline', actor, origin FROM actor;
END;
CREATE TRIGGER integrity_places_updated AFTER UPDATE ON integrity_places BEGIN
  INSERT INTO changes (kind, name, what, actor, origin) SELECT 'controllers', 'integrity', 'baseline', actor, origin FROM actor;
END;
CREATE TRIGGER integrity_places_deleted AFTER DELETE ON integrity_places BEGIN
  INSERT INTO changes (kind, name, what, actor, origin) SELECT 'controllers', 'integrity', 'forgotten', actor, origin FROM actor;
END;

-- Every pair of files that argos wrote into the folder of certificates: kept when it is replaced, since its files may lie there still,
-- and stand in older baselines, for longer than any certificate lives.
CREATE TABLE integrity_own (
  host       TEXT NOT NULL,
  pair       TEXT NOT NULL,
  crt_sha256 TEXT NOT NULL,
  key_sha256 TEXT NOT NULL,
  since      INTEGER NOT NULL,  -- seconds since 1970, UTC
  PRIMARY KEY (host, pair)
) STRICT, WITHOUT ROWID;
INSERT INTO integrity_own SELECT host, pair, crt_sha256, key_sha256, unixepoch() FROM certificate_files WHERE true
  ON CONFLICT DO NOTHING;
-- No OR REPLACE in these: the conflict clause of the statement that fires a trigger takes its place (SQLite, "CREATE TRIGGER").
CREATE TRIGGER certificate_files_written AFTER INSERT ON certificate_files BEGIN
  INSERT INTO integrity_own VALUES (new.host, new.pair, new.crt_sha256, new.key_sha256, unixepoch())
    ON CONFLICT (host, pair) DO UPDATE SET crt_sha256 = excluded.crt_sha256, key_sha256 = excluded.key_sha256, since = excluded.since;
  DELETE FROM integrity_own WHERE since < unixepoch() - 400 * 86400
    AND (host, pair) NOT IN (SELECT host, pair FROM certificate_files);
END;
CREATE TRIGGER certificate_files_rewritten AFTER UPDATE OF host, pair, crt_sha256, key_sha256 ON certificate_files BEGIN
  INSERT INTO integrity_own VALUES (new.host, new.pair, new.crt_sha256, new.key_sha256, unixepoch())
    ON CONFLICT (host, pair) DO UPDATE SET crt_sha256 = excluded.crt_sha256, key_sha256 = excluded.key_sha256, since = excluded.since;
END;
-- By file; `required` where it is to be there now.
CREATE VIEW integrity_own_files AS
  WITH pairs AS (
    SELECT own.host, own.pair, own.crt_sha256, own.key_sha256, now.pair IS NOT NULL AS required
      FROM integrity_own AS own
      LEFT JOIN (SELECT DISTINCT host, pair FROM certificate_files WHERE since > 0) AS now USING (host, pair))
  SELECT host || '.' || pair || '.crt' AS file, crt_sha256 AS sha256, required FROM pairs
  UNION ALL
  SELECT host || '.' || pair || '.key', key_sha256, required FROM pairs;

-- What was read of each file last, and what the file system said of it then: as long as that is the same, it is not read again.
CREATE TABLE integrity_read (
  path     TEXT PRIMARY KEY NOT NULL,
  size     INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  ctime_ns INTEGER NOT NULL,
  inode    INTEGER NOT NULL,
  sha256   TEXT NOT NULL,
  read_at  INTEGER NOT NULL  -- milliseconds since 1970, UTC
) STRICT, WITHOUT ROWID;
