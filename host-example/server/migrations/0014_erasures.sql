-- What was erased from a store, or lost, in order: the number of the first revision without it, `session`, `entry` or `lost`, and
-- its id, or the path of the memory. An export says so, or nobody could check what is left.
CREATE TABLE erasures (
    store TEXT NOT NULL REFERENCES memory_stores (id) ON DELETE CASCADE,
    sequence BIGINT NOT NULL,
    number BIGINT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (store, sequence)
);
