-- What a dream may take of its model, as JSON, and what its tokens cost when it was made.
ALTER TABLE dreams ADD COLUMN budget TEXT NOT NULL DEFAULT '{}';
ALTER TABLE dreams ADD COLUMN price TEXT;
ALTER TABLE schedules ADD COLUMN budget TEXT NOT NULL DEFAULT '{}';
