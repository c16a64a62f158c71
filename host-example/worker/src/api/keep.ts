// `/v1/x/…`: what the hosted API has no routes for. What a dream left open is reviewed and decided; a store goes back to an
// earlier revision; an agent takes what fits its task.

import { type Decision, type NewRevision, type Reversal, pack as packed } from "dreaming";

import * as documents from "../db/documents.js";
import * as revisions from "../db/revisions.js";
import * as keep from "../dream/keep.js";
import { within } from "../dream/snapshots.js";
import { type Fields, body, digest } from "../wire/body.js";
import { invalid, moved } from "../wire/errors.js";
import { type Page, afterNumber, cut } from "../wire/page.js";
import type { Asked } from "./asked.js";
import * as dreams from "./dreams.js";
import * as stores from "./stores.js";

/** Characters of a note, at most. Chosen by us, as for the server: a few sentences. */
const MAX_NOTE = 2_000;
/** Tokens of a pack when the caller names no number. Chosen by us, as for the command. */
const BUDGET = 2_000;

/** The plan of a dream over its store as it is now. */
export function review(asked: Asked): Response {
  const { loaded, plan, instructions } = waiting(asked);
  return new Response(keep.open(loaded, plan, instructions), { headers: { "content-type": "application/json" } });
}

/** Decides about the plan of a dream. */
export async function decide(asked: Asked): Promise<object> {
  const verdict = await body(asked.request, ["digest", "accept", "reject", "edits", "note"]);
  const reviewed = digest("digest", verdict.text("digest"));
  const edits = verdict.objects("edits", ["change", "text"]).map((edit) => ({ change: edit.text("change"), text: edit.text("text") }));
  const decision: Decision = { accept: accepted(verdict), reject: verdict.texts("reject"), edits, ...by(asked, verdict) };
  const { dream, store, loaded, plan, instructions } = waiting(asked);
  const made = keep.decide(loaded, plan, instructions, reviewed, decision);
  const revision = await stored(asked, store, loaded, made);
  return { type: "x_decision", dream_id: dream, memory_store_id: store, revision };
}

/** The revisions of a store, the newest first. */
export function list({ db, query, ids: [store = ""] }: Asked): Page {
  stores.known(db, store);
  const limit = query.limit();
  const found = revisions.list(db, store, afterNumber(query) ?? Number.MAX_SAFE_INTEGER, limit + 1);
  const shown = ({ id, number, record }: revisions.Revision): object => ({ type: "x_revision", id, number, record: JSON.parse(record) as object });
  return cut(found, limit, ({ number }) => String(number), shown);
}

/** Goes back to an earlier revision of a store, byte for byte, as a new revision. */
export async function revert(asked: Asked): Promise<object> {
  const { db, limits, ids: [store = ""] } = asked;
  stores.known(db, store);
  const wanted = await body(asked.request, ["revision", "note"]);
  const at = revisions.numberOf(db, store, wanted.text("revision"));
  const reversal = by(asked, wanted);
  const loaded = revisions.load(db, store, limits);
  const made = keep.back(db, store, loaded, at, reversal);
  // Somebody may have redacted a version of it meanwhile.
  const revision = await stored(asked, store, loaded, made, () => revisions.loadAt(db, store, at));
  return { type: "x_revert", memory_store_id: store, revision };
}

/** What an agent should load. */
export function pack({ db, query, limits, ids: [store = ""] }: Asked): object {
  stores.known(db, store);
  const given = query.get("budget");
  const budget = given === undefined ? BUDGET : Number(given);
  if (!/^\d{1,10}$/.test(given ?? "0") || budget > 0xffff_ffff) throw invalid("budget", "must be a number of tokens");
  const options = { budget, query: query.get("query") ?? "", principal: query.get("principal") };
  const { contents } = revisions.load(db, store, limits);
  const entries = within(contents, (snapshot) => packed(snapshot, options));
  const data = entries.map(({ entry, path, line, headings, text, score }) => ({ entry, path: `/${path}`, line, headings, text, score }));
  return { type: "x_pack", memory_store_id: store, data };
}

/** A dream that left something to decide, and its store as it is now. */
function waiting({ db, limits, ids: [id = ""] }: Asked): {
  dream: string;
  store: string;
  loaded: revisions.Loaded;
  plan: string;
  instructions: string;
} {
  const { output, instructions } = dreams.known(db, id);
  const plan = documents.get(db, id, "plan");
  if (plan === undefined || output === null) throw dreams.notCompleted(id);
  stores.known(db, output);
  return { dream: id, store: output, loaded: revisions.load(db, output, limits), plan, instructions: instructions ?? "" };
}

/**
 * Stores revisions that were made over `loaded`, all of them or none, if `check` does not throw in the same transaction.
 * Returns the id of the last one.
 */
async function stored(
  { db, limits, by }: Asked,
  store: string,
  loaded: revisions.Loaded,
  made: readonly NewRevision[],
  check: () => unknown = () => {},
): Promise<string | null> {
  const texts = await revisions.textsOf(made);
  db.transaction(() => {
    if (stores.known(db, store).archived_at !== null) throw moved("the store, which is archived now,");
    check();
    revisions.commit(db, store, loaded, made, texts, by, limits);
  });
  return made.at(-1)?.revision ?? null;
}

/** `auto`, `all`, or ids. */
function accepted(verdict: Fields): Decision["accept"] {
  const given = verdict.all["accept"];
  if (given === "auto" || given === "all") return { tag: given };
  // Who only rejects accepts nothing.
  if (given === undefined && Array.isArray(verdict.all["reject"])) return { tag: "only", val: [] };
  if (!Array.isArray(given)) throw verdict.wrong("accept", "must be `auto`, `all`, or a list of ids of changes");
  return { tag: "only", val: verdict.texts("accept") };
}

function by({ by }: Asked, fields: Fields): Reversal {
  const note = fields.maybe("note") ?? "";
  if (stores.length(note) > MAX_NOTE) throw fields.wrong("note", "must have at most 2,000 characters");
  return { reviewer: by.id, note, now: Date.now() };
}
