-- Whether the calls of a dream go in batches, and its batch that a service works on or that may be at one.
ALTER TABLE dreams ADD COLUMN batched BIGINT NOT NULL DEFAULT 0;
ALTER TABLE schedules ADD COLUMN batched BIGINT NOT NULL DEFAULT 0;
CREATE TABLE dream_batches (
    dream TEXT PRIMARY KEY REFERENCES dreams (id) ON DELETE CASCADE,
    batch TEXT NOT NULL
);
