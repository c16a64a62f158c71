-- Answers that nobody could use. Their calls are made again, so they are not in `model_answers`; a dream that heard one can be
-- carried out again with it. `digest` is as in `dream_calls`, and the answer is JSON as there.
CREATE TABLE useless_answers (
    store TEXT NOT NULL REFERENCES memory_stores (id) ON DELETE CASCADE,
    call TEXT NOT NULL,
    digest TEXT NOT NULL,
    answer TEXT NOT NULL,
    heard_at BIGINT NOT NULL,
    PRIMARY KEY (store, call, digest)
);
