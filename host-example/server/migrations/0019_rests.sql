-- Until when a dream with which several servers ended is left alone, in microseconds since 1970 by the clock of the database.
ALTER TABLE dreams ADD COLUMN rests_until BIGINT NOT NULL DEFAULT 0;
