-- Workspaces take turns: the dream with the lowest `turn` is next. A new one comes after the last of its own workspace, and
-- not before those that have begun, so that nobody waits behind all of another's.
ALTER TABLE dreams ADD COLUMN turn BIGINT NOT NULL DEFAULT 0;

-- Servers that ended while they had the dream, since it last came further.
ALTER TABLE dreams ADD COLUMN deaths BIGINT NOT NULL DEFAULT 0;

DROP INDEX dreams_open;
CREATE INDEX dreams_open ON dreams (owner, turn, id) WHERE status IN ('pending', 'running');
CREATE INDEX dreams_turns ON dreams (workspace, turn);
CREATE INDEX dreams_begun ON dreams (turn) WHERE session IS NOT NULL;
