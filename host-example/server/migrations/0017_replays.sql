-- What a dream read of the store that it writes, so that it can be carried out again: as JSON the number of the newest
-- revision, and of each memory the version and when it was changed last. NULL for a dream that was completed before this.
ALTER TABLE dreams ADD COLUMN read TEXT;
-- The calls of a dream, and the SHA-256 of the answer that it heard, as `model_answers` has it; when none came, why, as JSON.
CREATE TABLE dream_calls (
    dream TEXT NOT NULL REFERENCES dreams (id) ON DELETE CASCADE,
    call TEXT NOT NULL,
    answer TEXT NOT NULL,
    PRIMARY KEY (dream, call)
);
