-- Agents and environments as clients describe them. Nothing runs by them; sessions name them.
CREATE TABLE definitions (
    id TEXT PRIMARY KEY,
    workspace TEXT NOT NULL,
    -- `agent` or `environment`.
    kind TEXT NOT NULL,
    version BIGINT NOT NULL,
    -- Its fields, as JSON.
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    archived_at BIGINT
);
CREATE INDEX definitions_listed ON definitions (workspace, kind, id);
