-- How many changes of the plan of a dream waited for a person when it was completed or last decided about; NULL where nobody counted them.
ALTER TABLE dreams ADD COLUMN undecided BIGINT;
