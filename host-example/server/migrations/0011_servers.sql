-- `dreams.owner` is the server that has a dream; nobody has it while that is empty. Servers look for those.
CREATE INDEX dreams_open ON dreams (owner, id) WHERE status IN ('pending', 'running');
