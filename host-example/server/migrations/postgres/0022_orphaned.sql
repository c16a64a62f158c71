-- Servers before this one left what dreams say of stores that are gone, where nobody could erase it any more. What they say
-- now goes with the last of their stores; this is for those from before.
DELETE FROM session_events WHERE kind IN ('agent.message', 'session.error') AND session IN
    (SELECT d.session FROM dreams d WHERE d.status NOT IN ('pending', 'running')
     AND NOT EXISTS (SELECT 1 FROM memory_stores m WHERE m.id IN (d.store, d.output)));
DELETE FROM proposals WHERE dream IN
    (SELECT d.id FROM dreams d WHERE d.status NOT IN ('pending', 'running')
     AND NOT EXISTS (SELECT 1 FROM memory_stores m WHERE m.id IN (d.store, d.output)));
DELETE FROM dream_calls WHERE dream IN
    (SELECT d.id FROM dreams d WHERE d.status NOT IN ('pending', 'running')
     AND NOT EXISTS (SELECT 1 FROM memory_stores m WHERE m.id IN (d.store, d.output)));
UPDATE dreams SET
    plan = CASE WHEN plan IS NULL THEN NULL ELSE ''::bytea END,
    report = CASE WHEN plan IS NULL THEN report ELSE ''::bytea END,
    error = CASE WHEN error IS NULL THEN NULL ELSE json_build_array(error::json -> 0, '[erased]')::text END
    WHERE status NOT IN ('pending', 'running')
    AND NOT EXISTS (SELECT 1 FROM memory_stores m WHERE m.id IN (dreams.store, dreams.output));
