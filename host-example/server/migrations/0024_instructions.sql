-- Servers before this one kept the instructions of dreams whose stores are gone.
UPDATE dreams SET instructions = '[erased]' WHERE instructions IS NOT NULL AND status NOT IN ('pending', 'running')
    AND NOT EXISTS (SELECT 1 FROM memory_stores m WHERE m.id IN (dreams.store, dreams.output));
