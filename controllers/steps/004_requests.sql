-- What somebody asked to be done once: a verb on an object. The controller whose verb it is takes it, does it, and says what came of
-- it. A request is a desire like any other: one that was taken when argos was killed is taken up again, with what `progress` holds.

CREATE TABLE requests (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  verb           TEXT NOT NULL,             -- renew
  kind           TEXT NOT NULL DEFAULT '',  -- what it is about, as in the feed: hosts
  name           TEXT NOT NULL DEFAULT '',
  arguments      TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(arguments)),
  state          TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'running', 'done', 'failed')),
  progress       TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(progress)),  -- its controller's own
  reason         TEXT NOT NULL DEFAULT '',
  message        TEXT NOT NULL DEFAULT '',
  requested_at   TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  requested_by   TEXT NOT NULL DEFAULT '',
  requested_from TEXT NOT NULL DEFAULT '',
  finished_at    TEXT NOT NULL DEFAULT ''   -- empty while it is open
) STRICT;
CREATE INDEX requests_open ON requests (verb, id) WHERE state IN ('pending', 'running');

CREATE TRIGGER requests_inserted AFTER INSERT ON requests BEGIN
  UPDATE requests SET (requested_by, requested_from) = (SELECT actor, origin FROM actor) WHERE id = new.id;
  INSERT INTO changes (kind, name, what, actor, origin)
    SELECT 'requests', CAST(new.id AS TEXT), 'requested', actor, origin FROM actor;
END;
CREATE TRIGGER requests_updated AFTER UPDATE OF state, progress ON requests
WHEN (old.state, old.progress) IS NOT (new.state, new.progress) BEGIN
  INSERT INTO changes (kind, name, what, actor, origin)
    SELECT 'requests', CAST(new.id AS TEXT), new.state, actor, origin FROM actor;
END;
