// The last turn of a dream: what may be applied is applied, and all that it made is stored, with its completion, or nothing.

import { type Decision, type NewRevision, apply, changes, rebase } from "dreaming";

import * as documents from "../db/documents.js";
import { type Dream, actorOf, end } from "../db/dreams.js";
import * as revisions from "../db/revisions.js";
import type { Sqlite } from "../db/sql.js";
import * as turns from "../db/turns.js";
import type { Limits } from "../limits.js";
import { ApiError } from "../wire/errors.js";
import { type Asking, Stopped } from "./asking.js";
import { observed, within } from "./snapshots.js";
import { events, refused, toldBy } from "./trace.js";

/** How often the end of a dream is made anew because somebody wrote into the store in between. Chosen by us. */
const TRIES = 3;

/** The model of a dream brought nothing, so its sessions stay unread. */
export class Useless extends Error {}

/** Ends a dream whose plan is made. */
export async function finish(db: Sqlite, dream: Dream, asking: Asking, plan: string, report: string, limits: Limits): Promise<void> {
  const told = toldBy(report);
  asking.forget(told.unusable);
  const refusals = refused(told);
  if (refusals > 0 && told.calls_answered + told.unusable.length === 0) {
    // The next dream asks again: perhaps another model stands behind the name by then.
    asking.forgetRefusals();
    const which = refusals === told.calls ? `all ${told.calls} calls` : `${refusals} of ${told.calls} calls, and answered no other one`;
    throw new Useless(`the model refused ${which}: take another model, or dream again, which asks it again`);
  }
  if (told.nothing_usable) throw new Useless("the model answered, and no answer was of any use: take another model");
  if (dream.model !== "x_none" && told.calls > 0 && told.calls_unanswered === told.calls) {
    const why = documents.get(db, dream.id, "failure") ?? "no reason is known";
    throw new Useless(`the model answered none of ${told.calls} calls: ${why}. Its sessions stay unread: mend that, and dream again`);
  }
  const output = dream.output ?? "";
  for (let tried = 1; ; tried += 1) {
    if (!turns.has(db, dream)) throw new Stopped();
    const loaded = revisions.load(db, output, limits);
    const [final, made] = decided(dream, loaded, plan, revisions.last(db, output) === dream.base);
    const texts = await revisions.textsOf(made);
    try {
      db.transaction(() => {
        if (!turns.further(db, dream, asking.usage, 1)) throw new Stopped();
        revisions.commit(db, output, loaded, made, texts, actorOf(dream), limits);
        documents.put(db, dream.id, "plan", final);
        documents.put(db, dream.id, "report", report);
        end(db, dream, "completed", null, events(dream, told, final, loaded));
      });
      return;
    } catch (error) {
      // Somebody wrote into the store since it was read: the plan is made again over what is there.
      if (!(error instanceof ApiError) || error.status !== 409 || tried >= TRIES) throw error;
    }
  }
}

/**
 * The plan over the store as it is now, and the revisions that are stored. A dream that writes into its input applies what
 * may be applied unattended. One with a new store applies what a review would show, too, for looking at the new store is
 * the review; but not what has to be accepted by its id, and never what is blocked.
 */
function decided(dream: Dream, loaded: revisions.Loaded, plan: string, isBase: boolean): [plan: string, revisions: NewRevision[]] {
  const { contents, edited } = observed(loaded);
  return within(contents, (snapshot) => {
    const final = isBase && edited === undefined ? plan : rebase(snapshot, plan, dream.instructions ?? "");
    const made = apply(snapshot, final, decision(dream, final));
    const before = edited === undefined ? [] : [edited];
    // A dream that read nothing and changes nothing makes no revision.
    return [final, made.memories.length === 0 && made.ledger.length === 0 ? before : [...before, made]];
  });
}

function decision(dream: Dream, plan: string): Decision {
  const unattended = { accept: { tag: "auto" }, reject: [], reviewer: "", note: "", now: Math.floor(dream.created_at / 1_000) } as const;
  const isOpen = changes(plan).some(({ gate }) => gate !== "blocked");
  if (dream.isUpdate || !isOpen) return unattended;
  const note = `${dream.id}: the new store is to be reviewed as a whole`;
  return { ...unattended, accept: { tag: "all" }, reviewer: "dreaming-worker", note };
}
