-- Sessions of agents, registered so that dreams can read them, and their events in order.
CREATE TABLE sessions (
    id TEXT COLLATE "C" PRIMARY KEY,
    workspace TEXT NOT NULL,
    agent TEXT NOT NULL,
    agent_id TEXT NOT NULL,
    environment TEXT NOT NULL,
    title TEXT,
    metadata TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    archived_at BIGINT
);
CREATE INDEX sessions_listed ON sessions (workspace, id);

CREATE TABLE session_events (
    session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    processed_at BIGINT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (session, number)
);
