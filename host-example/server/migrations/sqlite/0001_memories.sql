-- Memory stores, their memories, and every version of them. Times are microseconds since 1970 in UTC.
CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    workspace TEXT NOT NULL,
    digest TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

CREATE TABLE memory_stores (
    id TEXT PRIMARY KEY,
    workspace TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    metadata TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    archived_at BIGINT
);
CREATE INDEX memory_stores_listed ON memory_stores (workspace, id);

CREATE TABLE memories (
    id TEXT PRIMARY KEY,
    store TEXT NOT NULL REFERENCES memory_stores (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    content BLOB NOT NULL,
    sha256 TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    version TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (store, path)
);

CREATE TABLE memory_versions (
    id TEXT PRIMARY KEY,
    store TEXT NOT NULL REFERENCES memory_stores (id) ON DELETE CASCADE,
    memory TEXT NOT NULL,
    operation TEXT NOT NULL,
    path TEXT,
    content BLOB,
    sha256 TEXT,
    bytes BIGINT,
    created_at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    redacted_at BIGINT,
    redactor TEXT,
    redactor_id TEXT
);
CREATE INDEX memory_versions_listed ON memory_versions (store, id);
CREATE INDEX memory_versions_of_memory ON memory_versions (memory, id);
