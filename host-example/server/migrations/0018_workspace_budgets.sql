-- What the models of all dreams of a workspace may take in a day, in tokens and in millionths of a dollar; NULL is no limit.
CREATE TABLE workspace_budgets (
    workspace TEXT NOT NULL PRIMARY KEY,
    tokens BIGINT,
    microdollars BIGINT
);
-- What they took, by days in UTC (`2026-11-26`). Nothing that is deleted takes any of it away.
CREATE TABLE workspace_spending (
    workspace TEXT NOT NULL,
    day TEXT NOT NULL,
    tokens BIGINT NOT NULL,
    microdollars BIGINT NOT NULL,
    PRIMARY KEY (workspace, day)
);
-- The workspaces that have used their budgets of a day.
CREATE VIEW workspaces_spent AS
    SELECT s.workspace, s.day FROM workspace_spending s JOIN workspace_budgets b ON b.workspace = s.workspace
    WHERE s.tokens >= b.tokens OR s.microdollars >= b.microdollars;
