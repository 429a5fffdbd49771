-- Until when something is left alone, in milliseconds since 1970, UTC; NULL: until somebody resumes it.
ALTER TABLE suspensions ADD COLUMN until INTEGER;
CREATE TRIGGER suspensions_updated AFTER UPDATE ON suspensions WHEN old.until IS NOT new.until BEGIN
  INSERT INTO changes (kind, name, what, actor, origin) SELECT new.kind, new.name, 'suspended', actor, origin FROM actor;
END;
