// The database of a workspace: the SQLite of a Durable Object, or of Bun. Both answer at once, so a change and all that
// belongs to it are one piece of code between the begin and the end of a transaction.

/** A value that a statement takes. */
export type Value = string | number | null | Uint8Array;

/** A row that a statement gives. */
export type Row = Record<string, unknown>;

/** A database that answers at once. */
export interface Sqlite {
  /** Runs one statement and returns its rows. */
  rows(statement: string, ...values: Value[]): Row[];
  /** Runs `work` in a transaction; when it throws, everything is rolled back. */
  transaction<T>(work: () => T): T;
}

/**
 * The changes of the tables, in order. One that was released is never edited. Texts that may hold any character are kept
 * as bytes.
 */
const MIGRATIONS: readonly (readonly string[])[] = [
  [
    `CREATE TABLE memory_stores (id TEXT PRIMARY KEY, name TEXT NOT NULL, description TEXT NOT NULL, metadata TEXT NOT NULL,
      created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, archived_at INTEGER,
      -- How much it holds, written with each change: see size.ts.
      memories INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0, lines INTEGER NOT NULL DEFAULT 0,
      ledger INTEGER NOT NULL DEFAULT 0,
      -- What the engine draws once for a store, its newest revision, and the first one that it can go back to.
      salt TEXT NOT NULL, head TEXT, first INTEGER NOT NULL DEFAULT 1)`,
    `CREATE TABLE memories (id TEXT PRIMARY KEY, store TEXT NOT NULL, path TEXT NOT NULL, content BLOB NOT NULL, sha256 TEXT NOT NULL,
      bytes INTEGER NOT NULL, version TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, UNIQUE (store, path))`,
    `CREATE TABLE memory_versions (id TEXT PRIMARY KEY, store TEXT NOT NULL, memory TEXT NOT NULL, operation TEXT NOT NULL, path TEXT,
      content BLOB, sha256 TEXT, bytes INTEGER, created_at INTEGER NOT NULL, actor TEXT NOT NULL, actor_id TEXT NOT NULL,
      redacted_at INTEGER, redactor TEXT, redactor_id TEXT)`,
    "CREATE INDEX memory_versions_listed ON memory_versions (store, id)",
    "CREATE INDEX memory_versions_of_memory ON memory_versions (memory, id)",
    `CREATE TABLE sessions (id TEXT PRIMARY KEY, agent TEXT NOT NULL, agent_id TEXT NOT NULL, environment TEXT NOT NULL, title TEXT,
      metadata TEXT NOT NULL, resources TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, archived_at INTEGER,
      -- The dream whose trace it is.
      dream TEXT)`,
    `CREATE TABLE session_events (session TEXT NOT NULL, number INTEGER NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL,
      processed_at INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (session, number))`,
    // The files of a session, which has them in place of events; their bytes are the pieces of an upload.
    `CREATE TABLE session_parts (session TEXT NOT NULL, name TEXT NOT NULL, bytes INTEGER NOT NULL, upload TEXT NOT NULL,
      PRIMARY KEY (session, name))`,
    "CREATE TABLE pieces (upload TEXT NOT NULL, piece INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (upload, piece))",
    // Uploads that have not ended.
    "CREATE TABLE uploads (id TEXT PRIMARY KEY, begun_at INTEGER NOT NULL)",
    "CREATE TABLE ledger (store TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (store, key))",
    `CREATE TABLE revisions (store TEXT NOT NULL, number INTEGER NOT NULL, id TEXT NOT NULL, record TEXT NOT NULL,
      PRIMARY KEY (store, number))`,
    // What a revision wrote: for a memory the version that holds it, for a row of the ledger its value; neither, where it
    // was taken away.
    `CREATE TABLE revision_memories (store TEXT NOT NULL, number INTEGER NOT NULL, path TEXT NOT NULL, version TEXT,
      PRIMARY KEY (store, path, number))`,
    `CREATE TABLE revision_rows (store TEXT NOT NULL, number INTEGER NOT NULL, key TEXT NOT NULL, value TEXT,
      PRIMARY KEY (store, key, number))`,
    `CREATE TABLE dreams (id TEXT PRIMARY KEY, status TEXT NOT NULL, store TEXT NOT NULL, is_update INTEGER NOT NULL, model TEXT NOT NULL,
      instructions TEXT, policy TEXT NOT NULL, output TEXT, session TEXT, error TEXT, usage TEXT NOT NULL,
      created_at INTEGER NOT NULL, ended_at INTEGER, archived_at INTEGER,
      -- The number of the revision that its checkpoint is about.
      base INTEGER,
      -- The invocation that has it, when it had its last turn, invocations that kept something, and those in a row that did not.
      owner TEXT NOT NULL DEFAULT '', turn INTEGER NOT NULL DEFAULT 0, rounds INTEGER NOT NULL DEFAULT 0,
      attempts INTEGER NOT NULL DEFAULT 0, waits INTEGER NOT NULL DEFAULT 0)`,
    "CREATE INDEX dreams_of_store ON dreams (store, status)",
    "CREATE INDEX dreams_open ON dreams (status, turn)",
    // The sessions that a dream reads, as far as their events went when it began.
    `CREATE TABLE dream_sessions (dream TEXT NOT NULL, session TEXT NOT NULL, last INTEGER NOT NULL DEFAULT 0,
      bytes INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (dream, session))`,
    "CREATE INDEX dream_sessions_of_session ON dream_sessions (session)",
    // Checkpoint, plan and report of a dream, in pieces.
    `CREATE TABLE documents (dream TEXT NOT NULL, name TEXT NOT NULL, piece INTEGER NOT NULL, bytes BLOB NOT NULL,
      PRIMARY KEY (dream, name, piece))`,
    `CREATE TABLE model_answers (store TEXT NOT NULL, model TEXT NOT NULL, call TEXT NOT NULL, answered_at INTEGER NOT NULL,
      answer TEXT NOT NULL, PRIMARY KEY (store, model, call))`,
    // How far the dreams at night have read the sessions of a store.
    `CREATE TABLE nights (store TEXT PRIMARY KEY, read_until INTEGER NOT NULL, dream TEXT, dream_until INTEGER NOT NULL)`,
  ],
  [
    // The message of a queue that asked for a dream, and the one that brought a part or when a client did: see wire/message.ts.
    "ALTER TABLE dreams ADD COLUMN message TEXT",
    "CREATE UNIQUE INDEX dreams_of_message ON dreams (message)",
    "ALTER TABLE session_parts ADD COLUMN message TEXT NOT NULL DEFAULT ''",
  ],
];

/** Makes the tables of a workspace, or changes them as this version needs them. */
export function prepare(db: Sqlite): void {
  db.transaction(() => {
    db.rows("CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY)");
    const done = count(db, "SELECT COUNT(*) AS number FROM migrations");
    for (const [at, statements] of MIGRATIONS.entries()) {
      if (at < done) continue;
      for (const statement of statements) db.rows(statement);
      db.rows("INSERT INTO migrations (number) VALUES (?)", at + 1);
    }
  });
}

/** The first row that a statement gives. */
export function first(db: Sqlite, statement: string, ...values: Value[]): Row | undefined {
  return db.rows(statement, ...values)[0];
}

/** The `number` that a statement counts. */
export function count(db: Sqlite, statement: string, ...values: Value[]): number {
  return Number(first(db, statement, ...values)?.["number"] ?? 0);
}

/** Conditions that all have to hold, each with its values. */
export class Where {
  readonly #conditions: string[] = [];
  readonly values: Value[] = [];

  /** Adds a condition, unless `holds` says that it is not asked for. */
  and(condition: string, values: readonly Value[] = [], isAsked = true): this {
    if (isAsked) {
      this.#conditions.push(condition);
      this.values.push(...values);
    }
    return this;
  }

  toString(): string {
    return this.#conditions.join(" AND ");
  }
}

/** A text of a row. */
export function text(row: Row, name: string): string {
  return String(row[name]);
}

/** A text of a row that may be missing. */
export function maybe(row: Row, name: string): string | null {
  const value = row[name] ?? null;
  return value === null ? null : String(value);
}

/** A number of a row. */
export function number(row: Row, name: string): number {
  return Number(row[name]);
}

/** A number of a row that may be missing. */
export function maybeNumber(row: Row, name: string): number | null {
  const value = row[name] ?? null;
  return value === null ? null : Number(value);
}

/** Bytes of a row, which come in one of two classes. */
export function bytes(row: Row, name: string): Uint8Array {
  const value = row[name];
  return value instanceof Uint8Array ? value : new Uint8Array(value as ArrayBuffer);
}

const encoder = new TextEncoder();

/** A text as bytes. */
export function encoded(words: string): Uint8Array {
  return encoder.encode(words);
}

/** Bytes as the text that they were, a byte order mark included. */
export function decoded(words: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(words);
}
