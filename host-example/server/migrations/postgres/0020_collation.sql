-- Ids were compared by two collations: by bytes where they are keys, and by that of the database where others name
-- them. Postgres uses no index for such a comparison, so a dream read whole tables.
DROP VIEW workspaces_spent;
DO $$
DECLARE
    found RECORD;
BEGIN
    FOR found IN
        SELECT c.table_name, c.column_name FROM information_schema.columns c
        JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
        WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' AND c.data_type = 'text'
          AND c.collation_name IS NULL AND c.table_name <> '_sqlx_migrations'
    LOOP
        EXECUTE format('ALTER TABLE %I ALTER COLUMN %I TYPE TEXT COLLATE "C"', found.table_name, found.column_name);
    END LOOP;
END
$$;
-- As in 0018.
CREATE VIEW workspaces_spent AS
    SELECT s.workspace, s.day FROM workspace_spending s JOIN workspace_budgets b ON b.workspace = s.workspace
    WHERE s.tokens >= b.tokens OR s.microdollars >= b.microdollars;
