import type { Expected, Storage, Value, Write } from "./storage.js";

/** A synchronous database: the SQLite of a Durable Object, of Bun, of node. */
export interface Sqlite {
  /** Runs one statement and returns its rows. */
  rows(statement: string, ...values: (string | number | Uint8Array)[]): Record<string, unknown>[];
  /** Runs `work` in a transaction; when it throws, everything is rolled back. */
  transaction<T>(work: () => T): T;
}

/**
 * A {@link Storage} in one table. Keys are ordered by their bytes, which is SQLite's default for
 * texts; values stay texts or bytes, because the column has no type. The first write makes the
 * table, so that reading alone leaves nothing behind.
 */
export function sqlStorage(sqlite: Sqlite): Storage {
  let made = sqlite.rows("SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND name = 'entries'").length > 0;

  const get = (key: string): Value | undefined => {
    if (!made) return undefined;
    const [row] = sqlite.rows("SELECT value FROM entries WHERE key = ?", key);
    return row === undefined ? undefined : known(row["value"]);
  };

  return {
    get,

    list(prefix, after, limit) {
      if (!made) return [];
      // `0` is the character after `/`.
      const end = `${prefix.slice(0, -1)}0`;
      const order = "AND key < ? ORDER BY key LIMIT ?";
      const found = sqlite.rows(`SELECT key, value FROM entries WHERE key > ? ${order}`, after ?? prefix, end, limit);
      return found.map((row) => [String(row["key"]), known(row["value"])] as const);
    },

    write(writes: readonly Write[], expected: readonly Expected[] = []) {
      return sqlite.transaction(() => {
        if (!expected.every(([key, text]) => get(key) === text)) return false;
        if (!made) {
          sqlite.rows("CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, value) WITHOUT ROWID");
          made = true;
        }
        for (const [key, value] of writes) {
          if (value === undefined) sqlite.rows("DELETE FROM entries WHERE key = ?", key);
          else sqlite.rows("INSERT OR REPLACE INTO entries (key, value) VALUES (?, ?)", key, value);
        }
        return true;
      });
    },
  };
}

/** A value of the database: texts are strings, bytes come in one of two classes. */
function known(value: unknown): Value {
  if (typeof value === "string" || value instanceof Uint8Array) return value;
  return new Uint8Array(value as ArrayBuffer);
}
