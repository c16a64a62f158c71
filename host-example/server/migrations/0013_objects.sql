-- Transcripts that lie in a folder or an object store in place of `session_parts`: the files of a session, by the store
-- (the address that `--transcripts` named) and the key in it. No cascade: whoever deletes a session first moves its rows
-- into `objects_to_delete`, and is refused otherwise, so that no object stays that nobody names.
CREATE TABLE session_objects (
    session TEXT NOT NULL REFERENCES sessions (id),
    name TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    store TEXT NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (session, name)
);

-- Objects that are to be deleted from `next_at` on, in microseconds since 1970; also those that are being written, until a
-- row names them. `tries` counts who took one to delete it.
CREATE TABLE objects_to_delete (
    store TEXT NOT NULL,
    key TEXT NOT NULL,
    session TEXT NOT NULL,
    tries BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    PRIMARY KEY (store, key)
);
CREATE INDEX objects_to_delete_due ON objects_to_delete (store, next_at);
