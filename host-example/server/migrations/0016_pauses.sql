-- Until when a model asked to be left alone, in microseconds since 1970 by the clock of the database.
CREATE TABLE model_pauses (
    model TEXT PRIMARY KEY,
    until BIGINT NOT NULL
);
