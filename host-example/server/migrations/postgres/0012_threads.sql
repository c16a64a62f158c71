-- The thread of an event, in a session of several agents; none for those of its first thread.
ALTER TABLE session_events ADD COLUMN thread TEXT COLLATE "C";
UPDATE session_events SET thread = convert_from(body, 'UTF8')::json ->> 'session_thread_id';
CREATE INDEX session_events_by_thread ON session_events (session, thread) WHERE thread IS NOT NULL;
