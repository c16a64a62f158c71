-- What whoever made a key calls it, for people.
ALTER TABLE api_keys ADD COLUMN name TEXT NOT NULL DEFAULT '';
