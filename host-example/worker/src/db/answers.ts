// Answers of models, so that none is paid for twice, whatever becomes of the dream that asked.

import type { Answer } from "dreaming";

import { now } from "../ids.js";
import { type Sqlite, first, text } from "./sql.js";

/** How many of the newest answers of a store are kept. Chosen by us, as for the server: ten dreams with the default number of calls. */
const KEPT = 2_000;

/** Whose answers: the store that a dream reads, and a model by its name and address. */
export interface Whose {
  store: string;
  model: string;
}

/** The answer to a call, if it is kept. */
export function find(db: Sqlite, { store, model }: Whose, call: string): Answer | undefined {
  const row = first(db, "SELECT answer FROM model_answers WHERE store = ? AND model = ? AND call = ?", store, model, call);
  return row === undefined ? undefined : (JSON.parse(text(row, "answer")) as Answer);
}

/** Keeps the answer to a call. */
export function keep(db: Sqlite, { store, model }: Whose, call: string, answer: Answer): void {
  const insert = "INSERT OR REPLACE INTO model_answers (store, model, call, answered_at, answer) VALUES (?, ?, ?, ?, ?)";
  db.rows(insert, store, model, call, now(), JSON.stringify(answer));
  const last = "SELECT answered_at FROM model_answers WHERE store = ? ORDER BY answered_at DESC LIMIT 1 OFFSET ?";
  db.rows(`DELETE FROM model_answers WHERE store = ? AND answered_at <= (${last})`, store, store, KEPT);
}

/** Forgets calls that brought nothing usable, so that they are made again. */
export function forget(db: Sqlite, { store, model }: Whose, calls: readonly string[]): void {
  for (const call of calls) db.rows("DELETE FROM model_answers WHERE store = ? AND model = ? AND call = ?", store, model, call);
}

/** Forgets that a model refused calls, so that they are made again. */
export function forgetRefusals(db: Sqlite, { store, model }: Whose): void {
  const refused = JSON.stringify({ tag: "refused" } satisfies Answer);
  db.rows("DELETE FROM model_answers WHERE store = ? AND model = ? AND answer = ?", store, model, refused);
}
