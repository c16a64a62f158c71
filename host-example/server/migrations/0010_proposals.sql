-- What an agent proposed, for a dream that read no session and only waits for a person.
CREATE TABLE proposals (
    dream TEXT PRIMARY KEY REFERENCES dreams (id) ON DELETE CASCADE,
    body TEXT NOT NULL
);
