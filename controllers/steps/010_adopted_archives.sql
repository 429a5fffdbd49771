-- When an archive that somebody else has put there was found, in milliseconds since 1970, UTC; 0: argos made it, or long ago. The policy
-- spares it for a day: who brings an old one back wants to restore it.
ALTER TABLE backups ADD COLUMN adopted_at INTEGER NOT NULL DEFAULT 0;
