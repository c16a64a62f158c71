-- When dreams over a store begin by themselves.
CREATE TABLE schedules (
    store TEXT PRIMARY KEY REFERENCES memory_stores (id) ON DELETE CASCADE,
    workspace TEXT NOT NULL,
    cron TEXT NOT NULL,
    -- Sessions that must be new, and microseconds for which nothing was added to one.
    least BIGINT NOT NULL,
    idle BIGINT NOT NULL,
    model TEXT NOT NULL,
    instructions TEXT,
    policy TEXT NOT NULL,
    next_at BIGINT NOT NULL,
    -- Sessions that were changed up to this time were read; and those of `dream`, once it is completed.
    read_until BIGINT NOT NULL,
    dream TEXT,
    dream_until BIGINT NOT NULL,
    -- Why no dream began last time.
    reason TEXT
);
CREATE INDEX schedules_due ON schedules (next_at);
