-- How many of Caddy's files and folders are not in an archive: `caddy_skipped` names the first hundred. And what came of opening what lies
-- sealed in it, by ids of master keys: with other keys at hand it is judged anew.
ALTER TABLE backups ADD COLUMN caddy_left_out INTEGER NOT NULL DEFAULT 0;
UPDATE backups SET caddy_left_out = json_array_length(caddy_skipped);
ALTER TABLE backups ADD COLUMN secrets_outcome TEXT NOT NULL DEFAULT '';  -- empty: not tried; Tried; or why that failed
ALTER TABLE backups ADD COLUMN secrets_message TEXT NOT NULL DEFAULT '';
ALTER TABLE backups ADD COLUMN secrets_opened INTEGER NOT NULL DEFAULT 0;
ALTER TABLE backups ADD COLUMN secrets_unopened INTEGER NOT NULL DEFAULT 0;  -- their key was not at hand
ALTER TABLE backups ADD COLUMN secrets_broken INTEGER NOT NULL DEFAULT 0;    -- their key was, and did not open them
ALTER TABLE backups ADD COLUMN secrets_keys TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(secrets_keys));  -- that sealed them
ALTER TABLE backups ADD COLUMN secrets_missing TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(secrets_missing));  -- of them not at hand
