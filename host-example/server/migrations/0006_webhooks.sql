-- Who is told that a dream ended, and what is still to be told.
CREATE TABLE webhooks (
    id TEXT PRIMARY KEY,
    workspace TEXT NOT NULL,
    url TEXT NOT NULL,
    secret TEXT NOT NULL,
    -- The events that it wants, as a list in JSON; an empty one wants all.
    events TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    -- Since when nothing arrived, and why; since when nothing is sent, because the address wants none.
    failing_since BIGINT,
    reason TEXT,
    disabled_at BIGINT
);
CREATE INDEX webhooks_listed ON webhooks (workspace, id);

CREATE TABLE deliveries (
    id TEXT PRIMARY KEY,
    webhook TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    body TEXT NOT NULL,
    tries BIGINT NOT NULL,
    next_at BIGINT NOT NULL
);
CREATE INDEX deliveries_due ON deliveries (next_at);
CREATE INDEX deliveries_of_webhook ON deliveries (webhook);
