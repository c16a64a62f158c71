-- Answers that nobody could use. Their calls are made again, so they are not in `model_answers`; a dream that heard one can be
-- carried out again with it. `digest` is as in `dream_calls`, and the answer is JSON as there.
CREATE TABLE useless_answers (
    store TEXT COLLATE "C" NOT NULL REFERENCES memory_stores (id) ON DELETE CASCADE,
    call TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    answer TEXT COLLATE "C" NOT NULL,
    heard_at BIGINT NOT NULL,
    PRIMARY KEY (store, call, digest)
);
