-- SQLite compares all texts by their bytes.
SELECT 1;
