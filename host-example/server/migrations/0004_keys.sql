-- What a key may do (`read`, `write`, `decide`), whether it opens one store only, and since when it opens nothing.
ALTER TABLE api_keys ADD COLUMN may TEXT NOT NULL DEFAULT 'decide';
ALTER TABLE api_keys ADD COLUMN store TEXT;
ALTER TABLE api_keys ADD COLUMN revoked_at BIGINT;
