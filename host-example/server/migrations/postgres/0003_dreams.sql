-- Dreams, and what the engine keeps of a store between them.

-- What the engine draws once for a store, and its newest revision.
CREATE TABLE engine_stores (
    store TEXT PRIMARY KEY REFERENCES memory_stores (id) ON DELETE CASCADE,
    salt TEXT NOT NULL,
    head TEXT,
    -- The number of the first revision that the store can go back to: a copy holds no older texts than its own.
    first BIGINT NOT NULL DEFAULT 1
);

CREATE TABLE ledger (
    store TEXT NOT NULL REFERENCES memory_stores (id) ON DELETE CASCADE,
    key TEXT COLLATE "C" NOT NULL,
    value BYTEA NOT NULL,
    PRIMARY KEY (store, key)
);

CREATE TABLE revisions (
    store TEXT NOT NULL REFERENCES memory_stores (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    id TEXT NOT NULL,
    record BYTEA NOT NULL,
    PRIMARY KEY (store, number)
);

-- What a revision wrote: for a memory the version that holds it, for a row of the ledger its value; neither, where it
-- was taken away.
CREATE TABLE revision_memories (
    store TEXT NOT NULL REFERENCES memory_stores (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    path TEXT COLLATE "C" NOT NULL,
    version TEXT,
    PRIMARY KEY (store, path, number)
);

CREATE TABLE revision_rows (
    store TEXT NOT NULL REFERENCES memory_stores (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    value BYTEA,
    PRIMARY KEY (store, key, number)
);

-- A dream outlives its stores: what it did stays known. `owner` is the process that runs it.
CREATE TABLE dreams (
    id TEXT COLLATE "C" PRIMARY KEY,
    workspace TEXT NOT NULL,
    status TEXT NOT NULL,
    owner TEXT NOT NULL,
    store TEXT NOT NULL,
    behavior TEXT NOT NULL,
    model TEXT NOT NULL,
    instructions TEXT,
    policy TEXT NOT NULL,
    output TEXT,
    session TEXT,
    error TEXT,
    usage TEXT NOT NULL,
    checkpoint BYTEA,
    plan BYTEA,
    report BYTEA,
    created_at BIGINT NOT NULL,
    ended_at BIGINT,
    archived_at BIGINT
);
-- The sessions that a dream reads, as far as they went when it began.
CREATE TABLE dream_sessions (
    dream TEXT NOT NULL REFERENCES dreams (id) ON DELETE CASCADE,
    session TEXT COLLATE "C" NOT NULL,
    last BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    PRIMARY KEY (dream, session)
);

CREATE INDEX dreams_listed ON dreams (workspace, id);
CREATE INDEX dreams_of_store ON dreams (store, status);

-- Calls of models that were made for a store, and their answers; without one the call never came back.
CREATE TABLE model_answers (
    store TEXT NOT NULL REFERENCES memory_stores (id) ON DELETE CASCADE,
    model TEXT NOT NULL,
    call TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    answer BYTEA,
    PRIMARY KEY (store, model, call)
);

-- The dream whose trace a session is; none for the sessions of agents.
ALTER TABLE sessions ADD COLUMN dream TEXT;

-- The memory stores that are attached to a session, in the form of the API.
ALTER TABLE sessions ADD COLUMN resources TEXT NOT NULL DEFAULT '[]';

-- Transcripts as an agent wrote them, in place of events: the files of a session, in pieces of 1 MiB.
CREATE TABLE session_parts (
    session TEXT COLLATE "C" NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    piece BIGINT NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (session, name, piece)
);
